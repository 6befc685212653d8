"""`omscore velocity`: how fast articles sell where, counted from the last weeks and told to routing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from omscore.app import Oms, open_shop
from omscore.cli.report import json_option, write_json
from omscore.cli.tables import console, counted, table
from omscore.fulfillment.model import FulfillmentOrder
from omscore.fulfillment.pace import units_per_week
from omscore.inventory.velocity import RecordVelocity, Velocity, WeeklyUnits

_SHOWN = 20


@click.command(name="velocity")
@click.argument("config", type=click.Path(path_type=Path, dir_okay=False), metavar="CONFIG")
@click.option(
    "--weeks", type=click.IntRange(1, 520), default=4, show_default=True, help="How many weeks back to count."
)
@json_option
def velocity_command(config: Path, weeks: int, json_path: Path | None) -> None:
    """Count how fast every article sold where, and record it.

    CONFIG is the shop.toml. The strategy weeks_of_supply goes by what was recorded last; an article that no longer
    sells is recorded as such.
    """
    out = console()
    with open_shop(config) as oms:
        counts = units_per_week(_works(oms), until=oms.clock.now(), weeks=weeks)
        places = {location.location_id for location in oms.shop.locations}
        found = {
            sku: tuple(WeeklyUnits(place, units) for place, units in per_week if place in places)
            for sku, per_week in counts.items()
        }
        known = {row.stream.partition("/")[2] for row in oms.storage.streams("velocity/")}
        at = oms.clock.now()
        before = {sku: oms.look(Velocity, sku).per_week for sku in sorted(known)}
        changed = [sku for sku in sorted(known | set(found)) if before.get(sku) != found.get(sku, ())]
        for sku in changed:
            oms.do(RecordVelocity(sku=sku, per_week=found.get(sku, ()), at=at))
    fastest = sorted(
        [(-units, sku, place) for sku, per_week in found.items() for place, units in per_week],
    )
    rows = [(sku, place, str(-units)) for units, sku, place in fastest[:_SHOWN]]
    if rows:
        out.print(table(("SKU", "Location", "Units a week"), rows, right=("Units a week",)))
    more = f", the fastest {_SHOWN} pairs shown" if len(fastest) > _SHOWN else ""
    says = f"{counted(len(found), 'article')} sold in {counted(weeks, 'week')}{more}; {len(changed)} recorded anew."
    out.print(says)
    write_json(
        json_path,
        {
            "weeks": weeks,
            "recorded": len(changed),
            "velocity": {sku: {place: str(units) for place, units in per_week} for sku, per_week in found.items()},
        },
    )


def _works(oms: Oms) -> Iterator[FulfillmentOrder]:
    for row in oms.storage.streams("work/"):
        yield oms.codec.record(row.state, FulfillmentOrder)
