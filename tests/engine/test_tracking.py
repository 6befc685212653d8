"""News of parcels: in any order, twice and with gaps, they end in one state; what is not ours changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import permutations
from pathlib import Path

import pytest

from omscore.app import Oms
from omscore.engine.plans.wishes import RecordTracking
from omscore.errors import InputError, NotFoundError
from omscore.fulfillment.commands import HandOver, PackBoxes, PickUnits
from omscore.fulfillment.model import FulfillmentOrder, TrackingEvent, TrackingStatus, WorkStatus
from omscore.ids import FulfillmentId
from tests.kit.carriers import CallingCarrier, PlainCarrier
from tests.kit.shops import NOON, TEA, order, pass_time
from tests.laws.bench import bench
from tests.laws.checks import check_everything

WORK = FulfillmentId("ord_1.f1")


def scan(status: TrackingStatus, hours: int) -> TrackingEvent:
    return TrackingEvent(status=status, at=NOON + timedelta(hours=hours), says="Sorted at 1 Secret Street")


STORY = (
    scan(TrackingStatus.LABELLED, 0),
    scan(TrackingStatus.IN_TRANSIT, 1),
    scan(TrackingStatus.UNKNOWN, 2),
    scan(TrackingStatus.DELIVERED, 3),
)


@contextmanager
def labelled(folder: Path, *, leaves: bool = True, carrier: type[PlainCarrier] = CallingCarrier) -> Iterator[Oms]:
    """A shop with one labelled parcel, which has left with the carrier or still stands at the dock."""
    with bench(folder, carrier=carrier(folder)) as shop:
        oms = shop.oms
        oms.do(order(oms, {TEA: 1}))
        oms.run_due()
        oms.do(PickUnits(fulfillment_id=WORK, at=oms.clock.now()))
        oms.do(PackBoxes(fulfillment_id=WORK, at=oms.clock.now()))
        oms.run_due()
        if leaves:
            oms.do(HandOver(fulfillment_id=WORK, at=oms.clock.now()))
        yield oms
        check_everything(oms, shop.payments)


def number_of(oms: Oms) -> str:
    return oms.look(FulfillmentOrder, WORK).packages[0].tracking_number


def tell(oms: Oms, *scans: TrackingEvent, number: str = "") -> tuple[str, ...]:
    told = RecordTracking(tracking_number=number or number_of(oms), scans=scans, at=NOON + timedelta(hours=4))
    return oms.do(told).events


@pytest.mark.parametrize("twice", [False, True])
def test_scans_in_every_order_end_in_one_state(tmp_path: Path, twice: bool) -> None:
    """All 24 orders of four callbacks, each told once or twice; nothing is delivered twice or taken back."""
    ends = set()
    for place, story in enumerate(permutations(STORY)):
        folder = tmp_path / str(place)
        folder.mkdir()
        with labelled(folder) as oms:
            number = number_of(oms)
            seen: list[str] = []
            for each in story:
                for _ in range(1 + twice):
                    try:
                        seen += tell(oms, each, number=number)
                    except NotFoundError:
                        assert "PackageDelivered" in seen  # a parcel that arrived is on its way no more
            assert seen.count("PackageDelivered") == 1
            package = oms.look(FulfillmentOrder, WORK).packages[0]
            ends.add(repr(package))
            assert package.delivered_at == NOON + timedelta(hours=3)
    assert len(ends) <= 4  # the last scan known at the delivery is all that may differ


def test_told_again_it_changes_nothing(tmp_path: Path) -> None:
    with labelled(tmp_path) as oms:
        assert tell(oms, *STORY[:2]) == ("PackageScanned",)
        for again in (STORY[:2], STORY[1:2], STORY[:1], ()):
            assert tell(oms, *again) == ()
        assert oms.look(FulfillmentOrder, WORK).packages[0].scan == TrackingEvent(
            status=TrackingStatus.IN_TRANSIT, at=NOON + timedelta(hours=1)
        )


def test_an_unknown_word_stays_unknown_and_delivers_nothing(tmp_path: Path) -> None:
    with labelled(tmp_path) as oms:
        tell(oms, scan(TrackingStatus.UNKNOWN, 2))
        package = oms.look(FulfillmentOrder, WORK).packages[0]
        assert package.scan is not None
        assert (package.scan.status, package.delivered_at) == (TrackingStatus.UNKNOWN, None)


def test_a_delivery_told_before_the_hand_over_is_found_after_it(tmp_path: Path) -> None:
    with labelled(tmp_path, leaves=False) as oms:
        assert tell(oms, STORY[3]) == ("PackageScanned",)
        assert oms.look(FulfillmentOrder, WORK).status is WorkStatus.PACKED
        oms.do(HandOver(fulfillment_id=WORK, at=oms.clock.now()))
        pass_time(oms, days=5)
        assert oms.look(FulfillmentOrder, WORK).status is WorkStatus.DELIVERED


@pytest.mark.parametrize("number", ["EZ9", "../../x", "%", "'; --"])
def test_news_of_a_parcel_that_is_not_ours_change_nothing(tmp_path: Path, number: str) -> None:
    with labelled(tmp_path) as oms:
        before = oms.storage.counts()
        with pytest.raises(NotFoundError, match="no package is on its way"):
            tell(oms, *STORY, number=number)
        assert oms.storage.counts() == before


@pytest.mark.parametrize("number", [" ", "1" * 101])
def test_a_number_that_is_none_is_bad_input(tmp_path: Path, number: str) -> None:
    with labelled(tmp_path) as oms, pytest.raises(InputError, match="tracking number"):
        tell(oms, *STORY, number=number)


def test_parcels_of_a_carrier_that_calls_nobody_are_not_looked_up(tmp_path: Path) -> None:
    """They cost no row of an index, in a shop of today or in one that is older than callbacks."""
    with labelled(tmp_path, carrier=PlainCarrier) as oms:
        assert oms.listed(FulfillmentOrder, "tracking", number_of(oms)) == ()
        with pytest.raises(NotFoundError, match="no package is on its way"):
            tell(oms, *STORY)


def test_what_a_carrier_says_is_not_kept_for_good(tmp_path: Path) -> None:
    """Scans name streets and people at times; the log keeps the status and the moment."""
    with labelled(tmp_path) as oms:
        tell(oms, *STORY)
        assert not any("Secret Street" in str(each.body) for each in oms.storage.events())
