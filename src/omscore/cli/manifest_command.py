"""`omscore manifest`: what waits for which carrier, closing the day, and the form to print."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from pathlib import Path

import click

from omscore.app import open_shop
from omscore.cli.records import Records, open_records
from omscore.cli.report import json_option, write_json
from omscore.cli.tables import console, counted, heading, moment, shown, table
from omscore.engine.plans.handing import manifest_owner
from omscore.engine.plans.wishes import CloseDay
from omscore.errors import DamageError, RefusedError, SetupError
from omscore.fulfillment.manifests import Manifest, ManifestState
from omscore.fulfillment.model import FulfillmentOrder
from omscore.ids import LocationId, ManifestId, TimeOrderedIds
from omscore.policy.loading import load_shop
from omscore.policy.shop import Shop
from omscore.ports.carriers import LabelDocument

_CONFIG = click.argument("config", type=click.Path(path_type=Path, dir_okay=False), metavar="CONFIG")
_SHOWN = 30
_ENDINGS = {"application/pdf;base64": "pdf", "text/plain": "txt"}


@click.group()
def manifest() -> None:
    """List the parcels a carrier is to take, and have it make its form of them."""


@manifest.command("list")
@_CONFIG
@json_option
def list_manifests(config: Path, json_path: Path | None) -> None:
    """Show the parcels that are on no manifest yet, by location and carrier, and the latest manifests.

    CONFIG is the shop.toml.
    """
    out = console()
    with open_records(config) as records:
        waiting = _waiting(records, load_shop(config))
        ids = [stream.partition("/")[2] for stream in records.storage.listed("manifest", "", limit=10**9)]
        manifests = [records.look(Manifest, each) for each in reversed(ids)]
    out.print(heading(f"{counted(sum(waiting.values()), 'parcel')} on no manifest yet"))
    if waiting:
        rows = [(location, carrier, parcels) for (location, carrier), parcels in sorted(waiting.items())]
        out.print(table(("Location", "Carrier", "Parcels"), rows, right=("Parcels",)))
    out.print(heading(counted(len(manifests), "manifest")))
    if manifests:
        printed = [
            (
                each.manifest_id,
                each.location_id,
                each.carrier,
                len(each.parcels),
                moment(each.closed_at),
                each.state.value,
                each.number or each.says,
            )
            for each in manifests[:_SHOWN]
        ]
        headers = ("Manifest", "Location", "Carrier", "Parcels", "Closed", "State", "Number")
        out.print(table(headers, printed, right=("Parcels",), keep=("Manifest",)))
    if len(manifests) > _SHOWN:
        out.print(shown(f"  and {len(manifests) - _SHOWN} more (--json FILE has them)"))
    figures = {
        "waiting": [
            {"location": location, "carrier": carrier, "parcels": parcels}
            for (location, carrier), parcels in sorted(waiting.items())
        ],
        "manifests": manifests,
    }
    write_json(json_path, figures)


@manifest.command()
@_CONFIG
@click.argument("location")
@click.argument("carrier")
def close(config: Path, location: str, carrier: str) -> None:
    """Have CARRIER make the manifest of every parcel at LOCATION that is on none yet.

    CONFIG is the shop.toml. The carrier is asked by a task (`omscore work`); a very long list becomes several.
    """
    out, ids = console(), TimeOrderedIds()
    asked: list[Manifest] = []
    with open_shop(config) as oms:
        while True:
            manifest_id = ManifestId(ids.new("man"))
            wish = CloseDay(
                manifest_id=manifest_id, location_id=LocationId(location), carrier=carrier, at=oms.clock.now()
            )
            try:
                oms.do(wish)
            except RefusedError as error:
                if asked and error.code == "manifest.empty":
                    break
                raise
            asked.append(oms.look(Manifest, manifest_id))
    for each in asked:
        out.print(shown(f"{each.manifest_id}: {counted(len(each.parcels), 'parcel')} of {carrier} at {location}."))
    out.print(shown("The carrier is asked when the due tasks are worked off (omscore work)."))


@manifest.command()
@_CONFIG
@click.argument("manifest_id", metavar="MANIFEST")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Where to put it; at first the current folder.",
)
def save(config: Path, manifest_id: str, folder: Path) -> None:
    """Write the carrier's form to a file that is named by the hash of its content.

    CONFIG is the shop.toml.
    """
    with open_records(config) as records:
        found = records.look(Manifest, manifest_id)
        text = records.storage.vault_get(manifest_owner(found.manifest_id), "manifest")
    if found.state is not ManifestState.MADE or text is None:
        hint = "; run the due tasks first" if found.state is ManifestState.REQUESTED else ""
        raise RefusedError(f"manifest {manifest_id} is {found.state} and has no form{hint}", code="manifest.no_form")
    content = LabelDocument(media_type=found.media_type, text=text).content
    if sha256(content).hexdigest() != found.content_sha256:
        raise DamageError(f"the form of manifest {manifest_id} is not the one the carrier gave", code="damage.manifest")
    target = folder / f"{found.content_sha256}.{_ENDINGS.get(found.media_type, 'bin')}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    except OSError as error:
        raise SetupError(f"cannot write {target}: {error.strerror}; give --folder another place") from error
    console().print(shown(str(target)), soft_wrap=True)


def _waiting(records: Records, shop: Shop) -> Counter[tuple[str, str]]:
    """How many parcels are on no manifest, by location and carrier."""
    found: Counter[tuple[str, str]] = Counter()
    for location in shop.locations:
        for stream in dict.fromkeys(records.storage.listed("unlisted", location.location_id, limit=10**9)):
            work = records.look(FulfillmentOrder, stream.partition("/")[2])
            found.update([(work.location_id, each.carrier) for each in work.packages if each.waits_for_manifest])
    return found
