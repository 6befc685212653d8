"""Pickups: the carrier is asked once to come for what nobody comes for yet, and its answer stays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from omscore.audit import audit
from omscore.billing.journal import Account
from omscore.engine.plans.wishes import SchedulePickup
from omscore.errors import InputError, NotFoundError, PortRefusedError, RefusedError
from omscore.fulfillment.bookings import BookingState, CancelPickup, PickupBooking
from omscore.fulfillment.commands import HandOver
from omscore.ids import LocationId, PickupId
from omscore.ports.clock import VirtualClock
from omscore.ports.handovers import PickupRequest, PickupSlip
from omscore.records import changed
from omscore.testing.faults import Fault
from tests.engine.test_manifests import label, opened
from tests.kit.carriers import PlainCarrier
from tests.kit.depots import DIES, DeadError, RoughCarrier
from tests.kit.shops import pass_time
from tests.laws.bench import Bench, Raced, bench
from tests.laws.checks import check_everything

OPENS = datetime(2026, 3, 2, 14, tzinfo=UTC)
CLOSES = datetime(2026, 3, 2, 17, tzinfo=UTC)


def wish(name: str = "pick_1", opens_at: datetime = OPENS, closes_at: datetime = CLOSES) -> SchedulePickup:
    return SchedulePickup(
        pickup_id=PickupId(name),
        location_id=LocationId("MUC"),
        carrier="depot",
        opens_at=opens_at,
        closes_at=closes_at,
        at=OPENS - timedelta(hours=2),
        instructions="ring twice",
    )


@contextmanager
def two_parcels(folder: Path, carrier: RoughCarrier) -> Iterator[Bench]:
    with opened(folder, carrier) as shop:
        label(shop, 1)
        label(shop, 2)
        yield shop


def look(shop: Bench, name: str = "pick_1") -> PickupBooking:
    return shop.oms.look(PickupBooking, name)


def cancel(shop: Bench, name: str = "pick_1") -> None:
    shop.oms.do(CancelPickup(pickup_id=PickupId(name), at=shop.oms.clock.now()))


def paid(shop: Bench) -> int:
    """What the pickups come to in the books."""
    entries = [each for name, each in shop.books.entries.items() if name.startswith("pick_")]
    return sum(each.amount.minor for entry in entries for each in entry.postings if each.account is Account.POSTAGE)


def test_a_pickup_is_booked_in_the_time_of_the_location_and_its_answer_stays(tmp_path: Path) -> None:
    carrier = RoughCarrier()
    with two_parcels(tmp_path, carrier) as shop:
        shop.oms.do(wish())
        assert look(shop).state is BookingState.REQUESTED
        pass_time(shop.oms, minutes=5)
        (asked,) = carrier.depot.asked
        assert asked.opens_at.isoformat() == "2026-03-02T15:00:00+01:00"
        booking = look(shop)
        assert (booking.state, booking.confirmation, str(booking.price)) == (BookingState.BOOKED, "C0001", "2.50 EUR")
        assert (booking.opens_at, booking.closes_at, booking.instructions) == (OPENS, CLOSES, "ring twice")
        assert len(booking.parcels) == 2
        assert paid(shop) == 250
        check_everything(shop.oms, shop.payments)
        assert audit(shop.oms.storage).is_clean


def test_nobody_is_asked_to_come_twice_for_one_parcel(tmp_path: Path) -> None:
    with two_parcels(tmp_path, RoughCarrier()) as shop:
        shop.oms.do(wish())
        with pytest.raises(RefusedError, match="nobody comes for yet"):
            shop.oms.do(wish("pick_2"))
        third = label(shop, 3)
        shop.oms.do(wish("pick_2"))
        assert [each.fulfillment_id for each in look(shop, "pick_2").parcels] == [third]


def test_parcels_are_free_again_once_the_window_is_over_or_the_pickup_cancelled(tmp_path: Path) -> None:
    with two_parcels(tmp_path, RoughCarrier()) as shop:
        shop.oms.do(wish())
        pass_time(shop.oms, minutes=5)
        cancel(shop)
        with pytest.raises(RefusedError, match="nobody comes for yet"):
            shop.oms.do(wish("pick_2"))  # the carrier may still come
        pass_time(shop.oms, minutes=5)
        assert look(shop).state is BookingState.CANCELLED
        assert paid(shop) == 0
        shop.oms.do(wish("pick_2"))
        pass_time(shop.oms, days=1)
        shop.oms.do(wish("pick_3", OPENS + timedelta(days=1), CLOSES + timedelta(days=1)))
        assert len(look(shop, "pick_3").parcels) == 2
        check_everything(shop.oms, shop.payments)


def test_parcels_that_have_left_are_not_come_for(tmp_path: Path) -> None:
    with two_parcels(tmp_path, RoughCarrier()) as shop:
        for number in (1, 2):
            shop.oms.do(HandOver(fulfillment_id=f"ord_{number}.f1", at=shop.oms.clock.now()))  # type: ignore[arg-type]
        with pytest.raises(RefusedError, match="no labelled parcel"):
            shop.oms.do(wish())


@pytest.mark.parametrize("seed", range(8))
def test_the_carrier_comes_once_whatever_is_lost_on_the_way(seed: int) -> None:
    rng = Random(seed)  # noqa: S311 - a story, not a secret
    faults, again = ([rng.choice([None, DIES, *Fault]) for _ in range(4)] for _ in range(2))
    carrier = RoughCarrier()
    with TemporaryDirectory() as folder, two_parcels(Path(folder), carrier) as shop:
        carrier.wire.to_come = list(faults)
        shop.oms.do(wish(closes_at=CLOSES + timedelta(hours=5)))
        _finish(shop)
        assert carrier.depot.trips == ["pick_1"]
        assert look(shop).state is BookingState.BOOKED
        carrier.wire.to_come = list(again)
        cancel(shop)
        _finish(shop)
        assert look(shop).state is BookingState.CANCELLED
        assert carrier.depot.visits == {}
        assert paid(shop) == 0
        check_everything(shop.oms, shop.payments)


def _finish(shop: Bench) -> None:
    for _ in range(12):
        with suppress(DeadError):
            pass_time(shop.oms, minutes=15)


class Busy(RoughCarrier):
    """Does not come today, and does not stay away either."""

    def book_pickup(self, request: PickupRequest) -> PickupSlip:
        if request.key == "pick_1":
            raise PortRefusedError("all drivers are out")
        return super().book_pickup(request)

    def cancel_pickup(self, request: PickupRequest) -> None:
        raise PortRefusedError("the driver is on his way")


def test_a_carrier_that_does_not_come_or_comes_all_the_same_is_believed(tmp_path: Path) -> None:
    with two_parcels(tmp_path, Busy()) as shop:
        shop.oms.do(wish())
        pass_time(shop.oms, minutes=5)
        assert (look(shop).state, look(shop).says) == (BookingState.REFUSED, "all drivers are out")
        with pytest.raises(RefusedError, match="is refused, not booked"):
            cancel(shop)
        shop.oms.do(wish("pick_2"))
        pass_time(shop.oms, minutes=5)
        for _ in range(2):
            cancel(shop, "pick_2")
            pass_time(shop.oms, minutes=5)
            assert (look(shop, "pick_2").state, look(shop, "pick_2").says) == (
                BookingState.BOOKED,
                "the driver is on his way",
            )
        assert look(shop, "pick_2").cancellations == 2
        check_everything(shop.oms, shop.payments)


def test_a_pickup_asked_for_too_late_is_not_booked(tmp_path: Path) -> None:
    carrier = RoughCarrier()
    with two_parcels(tmp_path, carrier) as shop:
        shop.oms.do(wish())
        assert isinstance(shop.oms.clock, VirtualClock)
        shop.oms.clock.set(CLOSES)  # nobody worked off the tasks meanwhile
        shop.oms.run_due()
        assert look(shop).state is BookingState.REFUSED
        assert "the window was over" in look(shop).says
        assert carrier.depot.trips == []


def test_two_who_call_the_carrier_at_once_call_it_once(tmp_path: Path) -> None:
    store = Raced(tmp_path)
    with opened(tmp_path, RoughCarrier(), store=store) as shop:
        label(shop, 1)
        store.before_commit = lambda: shop.oms.do(wish("pick_2"))
        with pytest.raises(RefusedError, match="nobody comes for yet"):
            shop.oms.do(wish())


@pytest.mark.parametrize(
    ("edit", "error", "says"),
    [
        ({"location_id": "XYZ"}, NotFoundError, "no location"),
        ({"pickup_id": "a b"}, InputError, "not usable"),
        ({"carrier": " "}, InputError, "blank"),
        ({"instructions": "x" * 201}, InputError, "200"),
        ({"closes_at": OPENS}, InputError, "closes after it opens"),
        ({"opens_at": OPENS - timedelta(days=1), "closes_at": OPENS - timedelta(hours=20)}, InputError, "over already"),
        ({"closes_at": CLOSES + timedelta(hours=8)}, InputError, "within one day"),
        ({"opens_at": OPENS + timedelta(days=5), "closes_at": CLOSES + timedelta(days=5)}, InputError, "nobody is at"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused_with_the_reason(
    tmp_path: Path, edit: dict[str, Any], error: type[Exception], says: str
) -> None:
    with two_parcels(tmp_path, RoughCarrier()) as shop, pytest.raises(error, match=says):
        shop.oms.do(changed(wish(), **edit))


def test_a_carrier_that_is_not_asked_to_come_is_told_at_once(tmp_path: Path) -> None:
    with (
        bench(tmp_path, carrier=PlainCarrier(tmp_path)) as shop,
        pytest.raises(RefusedError, match="not asked to come"),
    ):
        shop.oms.do(wish())
