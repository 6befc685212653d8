"""Manifests: exactly the parcels that wait for their carrier, each on one list, whatever is lost or dies on the way."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from omscore.audit import audit
from omscore.engine.plans.handing import MOST_PARCELS, manifest_owner
from omscore.engine.plans.wishes import CloseDay
from omscore.errors import CommandKeyError, InputError, NotFoundError, PortRefusedError, RefusedError
from omscore.fulfillment.commands import HandOver, PackBoxes, PickUnits, VoidLabel
from omscore.fulfillment.manifests import Manifest, ManifestState
from omscore.fulfillment.model import FulfillmentOrder
from omscore.ids import FulfillmentId, LocationId, ManifestId, OrderId
from omscore.ports.handovers import ManifestPaper, ManifestRequest
from omscore.records import changed
from omscore.testing.faults import Fault
from tests.kit.carriers import PlainCarrier
from tests.kit.depots import DIES, DeadError, RoughCarrier
from tests.kit.shops import TEA, order, pass_time, receive
from tests.laws.bench import Bench, Raced, bench
from tests.laws.checks import check_everything, records

MUC = LocationId("MUC")


@contextmanager
def opened(folder: Path, carrier: RoughCarrier, **more: object) -> Iterator[Bench]:
    with bench(folder, carrier=carrier, **more) as shop:  # type: ignore[arg-type]
        receive(shop.oms, "MUC", {TEA: 100}, document="more")
        yield shop


def label(shop: Bench, number: int) -> FulfillmentId:
    """One more parcel that stands at the dock."""
    oms = shop.oms
    oms.do(order(oms, {TEA: 1}, order_id=f"ord_{number}"))
    oms.run_due()
    work = FulfillmentId(f"ord_{number}.f1")
    oms.do(PickUnits(fulfillment_id=work, at=oms.clock.now()))
    oms.do(PackBoxes(fulfillment_id=work, at=oms.clock.now()))
    oms.run_due()
    return work


def close(shop: Bench, name: str) -> None:
    oms = shop.oms
    oms.do(CloseDay(manifest_id=ManifestId(name), location_id=MUC, carrier="depot", at=oms.clock.now()))


def made(shop: Bench) -> list[Manifest]:
    found: list[Manifest] = list(records(shop.oms, "manifest"))
    return [each for each in found if each.state is ManifestState.MADE]


def labels(shop: Bench) -> dict[str, str]:
    """The tracking number of every package that has one."""
    works: Iterator[FulfillmentOrder] = records(shop.oms, "work")
    return {each.package_id: each.tracking_number for work in works for each in work.packages if each.tracking_number}


def test_a_manifest_has_every_parcel_of_the_carrier_and_its_form_is_kept(tmp_path: Path) -> None:
    carrier = RoughCarrier()
    with opened(tmp_path, carrier) as shop:
        works = [label(shop, number) for number in range(3)]
        shop.oms.do(HandOver(fulfillment_id=works[0], at=shop.oms.clock.now()))  # the driver was early
        close(shop, "man_1")
        shop.oms.run_due()
        (manifest,) = made(shop)
        assert {each.tracking_number for each in manifest.parcels} == set(labels(shop).values())
        assert (manifest.number, manifest.media_type) == ("M0001", "text/plain")
        form = shop.oms.storage.vault_get(manifest_owner(manifest.manifest_id), "manifest")
        assert form is not None
        assert sha256(form.encode()).hexdigest() == manifest.content_sha256
        assert set(form.split()) == set(labels(shop).values())
        with pytest.raises(RefusedError, match="no parcel of depot"):
            close(shop, "man_2")
        fourth = label(shop, 4)
        close(shop, "man_2")
        shop.oms.run_due()
        assert [each.fulfillment_id for each in made(shop)[1].parcels] == [fourth]
        assert shop.oms.listed(Manifest, "manifest") == ("man_1", "man_2")
        check_everything(shop.oms, shop.payments)
        assert audit(shop.oms.storage).is_clean


def test_sent_again_it_is_the_same_manifest(tmp_path: Path) -> None:
    with opened(tmp_path, RoughCarrier()) as shop:
        label(shop, 1)
        wish = CloseDay(manifest_id=ManifestId("m"), location_id=MUC, carrier="depot", at=shop.oms.clock.now())
        first = shop.oms.do(wish)
        label(shop, 2)
        assert shop.oms.do(wish) == first
        with pytest.raises(CommandKeyError, match="m was asked for before with other content"):
            shop.oms.do(changed(wish, carrier="other"))


def test_labels_given_back_parcels_on_hold_and_those_that_arrived_are_on_no_manifest(tmp_path: Path) -> None:
    carrier = RoughCarrier()
    with opened(tmp_path, carrier) as shop:
        oms = shop.oms
        stays, voided, arrived = [label(shop, number) for number in range(3)]
        oms.do(HandOver(fulfillment_id=arrived, at=oms.clock.now()))
        pass_time(oms, days=4)
        oms.do(VoidLabel(fulfillment_id=voided, package_id=f"{voided}.b1", reason="torn", at=oms.clock.now()))
        close(shop, "man_1")  # the carrier has not answered yet
        assert [each.fulfillment_id for each in oms.look(Manifest, "man_1").parcels] == [stays]
        pass_time(oms, hours=1)
        close(shop, "man_2")  # under its new label
        oms.run_due()
        (parcel,) = oms.look(Manifest, "man_2").parcels
        assert (parcel.fulfillment_id, parcel.label_key) == (voided, f"{voided}.b1.2")
        check_everything(oms, shop.payments)


class Choosy(RoughCarrier):
    """Leaves out what it does not like, or all of it."""

    refuses = False

    def make_manifest(self, request: ManifestRequest) -> ManifestPaper:
        if self.refuses:
            raise PortRefusedError("come back tomorrow")
        return super().make_manifest(changed(request, parcels=request.parcels[:1]))


def test_what_the_carrier_leaves_out_comes_on_the_next_manifest(tmp_path: Path) -> None:
    carrier = Choosy()
    with opened(tmp_path, carrier) as shop:
        works = [label(shop, number) for number in range(3)]
        carrier.refuses = True
        close(shop, "man_0")
        shop.oms.run_due()
        refused = shop.oms.look(Manifest, "man_0")
        assert (refused.state, refused.says, refused.parcels) == (ManifestState.REFUSED, "come back tomorrow", ())
        carrier.refuses = False
        for number in range(3):
            close(shop, f"man_{number + 1}")
            shop.oms.run_due()
        assert [[each.fulfillment_id for each in paper.parcels] for paper in made(shop)] == [[each] for each in works]
        with pytest.raises(RefusedError, match="no parcel"):
            close(shop, "man_5")


def test_two_who_close_the_day_at_once_list_no_parcel_twice(tmp_path: Path) -> None:
    store = Raced(tmp_path)
    with opened(tmp_path, RoughCarrier(), store=store) as shop:
        label(shop, 1)
        store.before_commit = lambda: close(shop, "rival")
        with pytest.raises(RefusedError, match="no parcel"):
            close(shop, "man_1")
        shop.oms.run_due()
        assert [each.manifest_id for each in made(shop)] == ["rival"]


@pytest.mark.parametrize("seed", range(8))
def test_no_parcel_is_on_two_manifests_and_none_is_forgotten(seed: int) -> None:
    """A story of labels, voids, hand-overs and closings over a wire that loses answers while programs die."""
    rng = random.Random(seed)  # noqa: S311 - a story, not a secret
    carrier = RoughCarrier()
    with TemporaryDirectory() as folder, opened(Path(folder), carrier) as shop:
        oms = shop.oms
        works: list[FulfillmentId] = []
        for step in range(25):
            carrier.wire.to_come = [rng.choice([None, DIES, *Fault]) for _ in range(rng.randrange(3))]
            with suppress(DeadError, RefusedError):
                match rng.choice(["label", "label", "close", "close", "void", "leave", "run"]):
                    case "label":
                        works.append(FulfillmentId(f"ord_{step}.f1"))
                        label(shop, step)
                    case "close":
                        close(shop, f"man_{step}")
                        oms.run_due()
                    case "void" if works:
                        work = rng.choice(works)
                        wish = VoidLabel(
                            fulfillment_id=work, package_id=f"{work}.b1", reason="torn", at=oms.clock.now()
                        )
                        with suppress(NotFoundError):
                            oms.do(wish)
                            oms.run_due()
                    case "leave" if works:
                        oms.do(HandOver(fulfillment_id=rng.choice(works), at=oms.clock.now()))
                    case _:
                        pass_time(oms, minutes=rng.choice([1, 20, 90]))
        carrier.wire.to_come = []
        for _ in range(3):
            with suppress(DeadError):
                pass_time(oms, hours=2)
        with suppress(RefusedError):
            close(shop, "last")
        pass_time(oms, hours=2)
        listed = Counter(number for paper in carrier.depot.papers for number in paper.tracking_numbers)
        assert all(count == 1 for count in listed.values()), listed
        ours = Counter(each.tracking_number for paper in made(shop) for each in paper.parcels)
        assert ours == listed
        arrived = {
            each.tracking_number
            for work in records(oms, "work")
            for each in work.packages
            if each.delivered_at is not None
        }
        assert set(labels(shop).values()) - arrived <= set(ours)
        check_everything(oms, shop.payments)
        assert audit(oms.storage).is_clean


def test_a_manifest_nobody_can_make_is_refused_at_once(tmp_path: Path) -> None:
    with bench(tmp_path, carrier=PlainCarrier(tmp_path)) as shop:
        with pytest.raises(RefusedError, match="makes no manifests"):
            close(shop, "man_1")
        assert not shop.oms.storage.listed("unlisted", "MUC")


@pytest.mark.parametrize(
    ("edit", "error"),
    [
        ({"location_id": "XYZ"}, NotFoundError),
        ({"manifest_id": "no blanks"}, InputError),
        ({"manifest_id": ""}, InputError),
        ({"carrier": ""}, InputError),
        ({"carrier": "x" * 201}, InputError),
    ],
)
def test_what_names_nothing_is_refused(tmp_path: Path, edit: dict[str, Any], error: type[Exception]) -> None:
    with opened(tmp_path, RoughCarrier()) as shop:
        label(shop, 1)
        wish = CloseDay(manifest_id=ManifestId("m"), location_id=MUC, carrier="depot", at=shop.oms.clock.now())
        with pytest.raises(error):
            shop.oms.do(changed(wish, **edit))


def test_a_full_manifest_leaves_the_rest_for_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("omscore.engine.plans.handing.MOST_PARCELS", 2)
    assert MOST_PARCELS == 500
    with opened(tmp_path, RoughCarrier()) as shop:
        for number in range(5):
            label(shop, number)
        for number in range(3):
            close(shop, f"man_{number}")
        shop.oms.run_due()
        assert [len(each.parcels) for each in made(shop)] == [2, 2, 1]
        assert len({each for paper in made(shop) for each in paper.parcels}) == 5
        assert shop.oms.look(FulfillmentOrder, OrderId("ord_0") + ".f1").packages[0].manifest_id == "man_0"
