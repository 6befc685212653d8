"""Boxes packed together: one purchase where the carrier can, one label each where it cannot, and never one too many."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest

from omscore.billing.journal import Account
from omscore.engine.plans.wishes import BuyLabels
from omscore.errors import PortRefusedError
from omscore.fulfillment.commands import HandOver, PackBoxes, PickUnits, VoidLabel
from omscore.fulfillment.model import BoxedUnits, FulfillmentOrder, Package, WorkStatus
from omscore.ids import FulfillmentId
from omscore.places import Destination
from omscore.ports.carriers import CarrierQuote, Label, Parcel, ShipmentRequest
from omscore.testing.faults import Fault
from tests.kit.depots import DIES, DeadError, RoughCarrier, SingleCarrier
from tests.kit.shops import TEA, order, pass_time
from tests.laws.bench import Bench, bench
from tests.laws.checks import check_everything

WORK = FulfillmentId("ord_1.f1")


@contextmanager
def packed(folder: Path, carrier: RoughCarrier, boxes: int) -> Iterator[Bench]:
    """A shop with one shipment of so many boxes, whose labels are not bought yet."""
    with bench(folder, carrier=carrier) as shop:
        oms = shop.oms
        oms.do(order(oms, {TEA: boxes}))
        oms.run_due()
        oms.do(PickUnits(fulfillment_id=WORK, at=oms.clock.now()))
        oms.do(PackBoxes(fulfillment_id=WORK, packages=_boxes(boxes), at=oms.clock.now()))
        yield shop


def _boxes(count: int) -> tuple[Package, ...]:
    return tuple(
        [
            Package(
                package_id=f"{WORK}.b{number}",
                box="small",
                contents=(BoxedUnits(1, 1),),
                mass_g=300 + number,
                length_mm=200,
                width_mm=150,
                height_mm=100,
            )
            for number in range(1, count + 1)
        ]
    )


def look(shop: Bench) -> FulfillmentOrder:
    return shop.oms.look(FulfillmentOrder, WORK)


def run_to_the_end(shop: Bench) -> None:
    """Work off what is due, whatever fails, and start anew when the program dies."""
    for _ in range(30):
        with suppress(DeadError):
            pass_time(shop.oms, hours=2)
        if all(each.is_labelled for each in look(shop).packages):
            break
    pass_time(shop.oms, hours=2)


def owed(shop: Bench) -> int:
    entries = shop.books.entries.values()
    return -sum(
        each.amount.minor for entry in entries for each in entry.postings if each.account is Account.CARRIER_PAYABLE
    )


class OneAtATime(RoughCarrier):
    """It labels shipments, but has no service for this one."""

    def quotes_together(
        self, origin_country: str, destination: Destination, parcels: tuple[Parcel, ...]
    ) -> tuple[CarrierQuote, ...]:
        return ()


@pytest.mark.parametrize("kind", [RoughCarrier, OneAtATime, SingleCarrier])
@pytest.mark.parametrize("seed", range(8))
def test_every_box_has_one_label_whatever_is_lost_on_the_way(seed: int, kind: type[RoughCarrier]) -> None:
    """Same parcels, one number each, the postage of the books is what the carrier took, and nothing is bought twice."""
    rng = Random(seed)  # noqa: S311 - a story, not a secret
    boxes = rng.randint(2, 5)
    carrier = kind(*[rng.choice([None, None, DIES, *Fault]) for _ in range(8)])
    with TemporaryDirectory() as folder, packed(Path(folder), carrier, boxes) as shop:
        run_to_the_end(shop)
        work = look(shop)
        assert sorted(carrier.depot.sales) == [each.package_id for each in work.packages]
        numbers = [each.tracking_number for each in work.packages]
        assert len(set(numbers)) == boxes
        for package in work.packages:
            assert carrier.depot.labels[package.package_id].tracking_number == package.tracking_number
        assert owed(shop) == carrier.depot.prices_minor > 0
        shop.oms.do(HandOver(fulfillment_id=WORK, at=shop.oms.clock.now()))
        pass_time(shop.oms, days=5)
        assert look(shop).status is WorkStatus.DELIVERED
        check_everything(shop.oms, shop.payments)


def test_together_or_alone_ends_in_the_same_shipment(tmp_path: Path) -> None:
    ends = []
    for carrier in (RoughCarrier(), SingleCarrier()):
        folder = tmp_path / type(carrier).__name__
        folder.mkdir()
        with packed(folder, carrier, 3) as shop:
            run_to_the_end(shop)
            ends.append(
                [
                    (each.package_id, each.mass_g, each.carrier, each.service, each.postage, each.tracking_number)
                    for each in look(shop).packages
                ]
            )
            assert carrier.depot.calls == ([f"{WORK}.b1.set"] if type(carrier) is RoughCarrier else [])
    assert ends[0] == ends[1]


def test_one_box_alone_is_bought_as_ever(tmp_path: Path) -> None:
    with packed(tmp_path, RoughCarrier(), 1) as shop:
        task_ids = [task.task_id for task in shop.oms.storage.tasks("waiting")]
        assert f"{WORK}.b1.label" in task_ids
        run_to_the_end(shop)
        assert look(shop).packages[0].set_key == ""


def test_boxes_no_service_takes_together_are_labelled_one_by_one(tmp_path: Path) -> None:
    carrier = OneAtATime()
    with packed(tmp_path, carrier, 3) as shop:
        run_to_the_end(shop)
        assert carrier.depot.calls == []
        assert len(carrier.depot.sales) == 3


def test_a_box_given_back_gets_a_label_alone_and_the_others_keep_theirs(tmp_path: Path) -> None:
    carrier = RoughCarrier()
    with packed(tmp_path, carrier, 3) as shop:
        run_to_the_end(shop)
        before = look(shop).packages
        shop.oms.do(VoidLabel(fulfillment_id=WORK, package_id=f"{WORK}.b2", reason="torn", at=shop.oms.clock.now()))
        run_to_the_end(shop)
        after = look(shop).packages
        assert carrier.depot.given_back == [f"{WORK}.b2"]
        assert (after[0], after[2]) == (before[0], before[2])
        assert after[1].tracking_number not in ("", before[1].tracking_number)
        assert carrier.depot.sales[3:] == [f"{WORK}.b2.2"]
        check_everything(shop.oms, shop.payments)


def test_all_boxes_given_back_get_new_labels_each(tmp_path: Path) -> None:
    carrier = RoughCarrier()
    with packed(tmp_path, carrier, 3) as shop:
        run_to_the_end(shop)
        for package in look(shop).packages:
            shop.oms.do(
                VoidLabel(fulfillment_id=WORK, package_id=package.package_id, reason="late", at=shop.oms.clock.now())
            )
        run_to_the_end(shop)
        assert len(carrier.depot.given_back) == 3
        assert len(carrier.depot.sales) == 6
        assert owed(shop) == carrier.depot.prices_minor // 2
        check_everything(shop.oms, shop.payments)


class Refusing(RoughCarrier):
    """Wants a better address first."""

    is_mended = False

    def buy_together(self, request: ShipmentRequest) -> tuple[Label, ...]:
        if not self.is_mended:
            raise PortRefusedError("there is no such street")
        return super().buy_together(request)


def test_labels_that_were_given_up_are_bought_together_once_the_reason_is_mended(tmp_path: Path) -> None:
    carrier = Refusing()
    with packed(tmp_path, carrier, 3) as shop:
        assert shop.oms.run_due().dead == 1
        carrier.is_mended = True
        shop.oms.do(BuyLabels(fulfillment_id=WORK, at=shop.oms.clock.now()))
        run_to_the_end(shop)
        assert carrier.depot.calls == [f"{WORK}.b1.set"]
        assert len(carrier.depot.sales) == 3


def test_a_set_outlives_the_ability_of_its_carrier(tmp_path: Path) -> None:
    """The shop changes its carrier between packing and buying: the boxes are labelled all the same, one each."""
    with bench(tmp_path, storage="sqlite", carrier=RoughCarrier()) as shop:
        oms, clock = shop.oms, shop.oms.clock
        oms.do(order(oms, {TEA: 3}))
        oms.run_due()
        oms.do(PickUnits(fulfillment_id=WORK, at=oms.clock.now()))
        oms.do(PackBoxes(fulfillment_id=WORK, packages=_boxes(3), at=oms.clock.now()))
    other = SingleCarrier(None, None, None, Fault.LOST_ANSWER)
    with bench(tmp_path, storage="sqlite", carrier=other, clock=clock) as shop:
        run_to_the_end(shop)
        assert len(other.depot.sales) == 3
        assert all(each.is_labelled for each in look(shop).packages)
