"""Goods leave when their carrier comes: with the first slot after they are ready, in the location's own time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omscore import (
    Item,
    KeptDecision,
    ListItem,
    LocationId,
    Money,
    Order,
    OrderId,
    PlaceOrder,
    ReceiveStock,
    Sku,
    StockDocumentId,
    StockLine,
    UnitPrice,
    VirtualClock,
    WantedLine,
    open_shop,
    write_starter_shop,
)
from omscore.calendars import Calendar, at_local
from omscore.cli.phrases import days_of
from omscore.errors import InputError, SetupError
from omscore.pickups import CarrierPickups, next_pickup
from omscore.places import Destination, Location
from omscore.records import changed
from omscore.routing import ArrivesWithin, Profile, RateTable, route
from omscore.routing.promise import promised, with_promise
from omscore.routing.rates import Carried
from omscore.routing.timetable import Leaving, Timetable
from tests.routing.shops import HOME, ask, location, network, on_shelf

TWICE = (CarrierPickups(carrier="post", at=(time(16), time(11))),)
SATURDAY_TOO = (*TWICE, CarrierPickups(carrier="post", at=(time(12),), days=(5,)))
FRIDAY = date(2026, 11, 27)
CARD = "carrier,service,zone,min_g,max_g,price,currency,transit_days\n"


def _berlin(*, cutoff: time = time(23), days: tuple[int, ...] = (0, 1, 2, 3, 4, 5)) -> Calendar:
    return Calendar(timezone="Europe/Berlin", open_days=days, cutoff=cutoff)


def _place(pickups: tuple[CarrierPickups, ...], calendar: Calendar, location_id: str = "A") -> Location:
    return changed(location(location_id), pickups=pickups, calendar=calendar)


def _leaves(place: Location, day: date, at: time, holidays: tuple[date, ...] = ()) -> Leaving:
    return Timetable(holidays).leaving(place, at_local(day, at, place.calendar.timezone), "post")


@pytest.mark.parametrize(
    ("at", "leaves"),
    [
        (time(10, 59), Leaving(FRIDAY, time(11))),
        (time(11), Leaving(FRIDAY, time(16))),
        (time(15, 59), Leaving(FRIDAY, time(16))),
        (time(16), Leaving(date(2026, 11, 28), time(12))),
    ],
)
def test_goods_that_are_ready_before_a_slot_leave_with_it_and_after_the_last_with_the_next_day(
    at: time, leaves: Leaving
) -> None:
    assert _leaves(_place(SATURDAY_TOO, _berlin()), FRIDAY, at) == leaves


def test_no_carrier_comes_on_closed_days_holidays_and_days_it_does_not_serve() -> None:
    late = time(17)
    closed = changed(_berlin(), holidays=(date(2026, 11, 28), date(2026, 11, 30)))
    assert _leaves(_place(SATURDAY_TOO, closed), FRIDAY, late).on == date(2026, 12, 1)
    assert _leaves(_place(SATURDAY_TOO, _berlin()), FRIDAY, late, (date(2026, 11, 28),)).on == date(2026, 11, 30)
    never_on_saturday = (*TWICE, CarrierPickups(carrier="post", at=(), days=(5,)))
    assert _leaves(_place(never_on_saturday, _berlin()), FRIDAY, late).on == date(2026, 11, 30)


def test_the_cut_off_says_on_which_day_goods_can_leave_at_the_earliest() -> None:
    place = _place(TWICE, _berlin(cutoff=time(14)))
    assert _leaves(place, FRIDAY, time(13)) == Leaving(FRIDAY, time(16))
    assert _leaves(place, FRIDAY, time(15)) == Leaving(date(2026, 11, 28), time(11))


def test_a_slot_in_the_skipped_hour_comes_an_hour_later_and_after_those_of_that_hour() -> None:
    sunday = date(2026, 3, 29)  # 02:00 to 03:00 does not exist
    place = _place((CarrierPickups(carrier="post", at=(time(2, 30), time(3))),), _berlin(days=tuple(range(7))))
    assert _leaves(place, sunday, time(1, 59)) == Leaving(sunday, time(3))
    assert _leaves(place, sunday, time(3)) == Leaving(sunday, time(3, 30))


def test_of_a_slot_in_the_repeated_hour_the_first_is_meant() -> None:
    sunday = date(2026, 10, 25)  # 02:00 to 03:00 comes twice: at 00:00 and at 01:00 UTC
    place = _place((CarrierPickups(carrier="post", at=(time(2, 30), time(6))),), _berlin(days=tuple(range(7))))
    days = Timetable(())
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert days.leaving(place, first - timedelta(minutes=1), "post") == Leaving(sunday, time(2, 30))
    assert days.leaving(place, first, "post") == Leaving(sunday, time(6))
    assert days.leaving(place, first + timedelta(minutes=59), "post") == Leaving(sunday, time(6))


moments = st.integers(0, 14 * 24 * 60).map(
    lambda minutes: datetime(2026, 3, 20, tzinfo=UTC) + timedelta(minutes=minutes)
)
slots = st.lists(st.sampled_from((time(0), time(2), time(2, 30), time(3), time(11), time(23, 59))), max_size=4)
entries = st.tuples(slots, slots, st.sampled_from(((5,), (6, 0), (1, 2, 3)))).map(
    lambda each: (
        CarrierPickups(carrier="post", at=(time(10), *each[0])),
        CarrierPickups(carrier="post", at=tuple(each[1]), days=each[2]),
    )
)
places = st.builds(
    lambda pickups, zone, cutoff, hours: changed(
        _place(
            pickups, Calendar(timezone=zone, cutoff=cutoff, open_days=tuple(range(7)), holidays=(date(2026, 3, 23),))
        ),
        processing_hours=hours,
    ),
    entries,
    st.sampled_from(("Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe")),
    st.sampled_from((time(2, 30), time(14), time(23, 59))),
    st.sampled_from((0, 5, 30)),
)


@given(place=places, asked=st.lists(moments, min_size=1, max_size=20))
def test_whatever_was_asked_before_goods_leave_with_the_earliest_slot_of_all_that_takes_them(
    place: Location, asked: list[datetime]
) -> None:
    closed = (date(2026, 3, 25),)
    days, calendar = Timetable(closed), place.calendar
    for at in asked:
        ready = at + timedelta(hours=place.processing_hours)
        takes = []  # every slot of forty days, one by one
        for day in (date(2026, 3, 18) + timedelta(days=number) for number in range(40)):
            named = [each for each in place.pickups if day.weekday() in each.days]
            for slot in (named or [each for each in place.pickups if not each.days])[0].at:
                moment = at_local(day, slot, calendar.timezone)
                if ready < moment and day >= place.work_day(at) and calendar.is_open(day) and day not in closed:
                    takes.append(moment)
        leaving = days.leaving(place, at, "post")
        found = next_pickup(place.pickups, "post", calendar, ready, frozenset(closed))
        assert found is not None and found.moment == min(takes)
        assert leaving == Leaving(found.day, found.at)
        assert days.promised(place, at, Carried("post", "parcel", 1)).pickup == found.at


def test_every_option_of_a_promise_leaves_when_its_own_carrier_comes_and_the_decision_keeps_the_slot() -> None:
    table = RateTable.from_csv(
        CARD + "post,parcel,home,0,9000,4.00,EUR,1\nair,jet,home,0,9000,5.00,EUR,1\nvan,tour,home,0,9000,6.00,EUR,1\n",
        (HOME,),
    )
    pickups = (*TWICE, CarrierPickups(carrier="air", at=(time(9),)))
    shop = network(_place(pickups, _berlin(cutoff=time(20), days=(0, 1, 2, 3, 4))), table=table)
    at = at_local(FRIDAY, time(13), "Europe/Berlin")
    request = changed(ask((1, "S", 1, 400)), destination=Destination(country="DE"), at=at)
    decision = route(request, shop, on_shelf(S={"A": 1}))
    (shipment,) = promised(decision, request, shop, at).shipments
    monday = date(2026, 11, 30)
    assert [(each.carrier, each.leaves_on, each.pickup, each.arrives_on) for each in shipment.options] == [
        ("post", FRIDAY, time(16), monday),
        ("air", monday, time(9), date(2026, 12, 1)),
        ("van", FRIDAY, None, monday),
    ]
    assert shipment.leaves_on == FRIDAY
    (kept,) = with_promise(decision, request, shop, at).promised
    assert (kept.carrier, kept.leaves_on, kept.pickup) == ("post", FRIDAY, time(16))


def test_fastest_and_arrives_within_go_by_the_slots() -> None:
    table = RateTable.from_csv(CARD + "post,parcel,home,0,9000,4.00,EUR,1\n", (HOME,))
    early = (CarrierPickups(carrier="post", at=(time(9),)),)
    calendar = _berlin(cutoff=time(20), days=(0, 1, 2, 3, 4))
    shop = network(_place(early, calendar, "A"), _place(TWICE, calendar, "B"), table=table)
    thursday = at_local(date(2026, 11, 26), time(13), "Europe/Berlin")
    asked = changed(ask((1, "S", 1, 400)), destination=Destination(country="DE"), at=thursday)
    shelf = on_shelf(S={"A": 1, "B": 1})
    for profile in (
        Profile(name="soon", strategy="fastest"),
        Profile(name="tomorrow", filters=(ArrivesWithin(days=1),)),
    ):
        decision = route(changed(asked, profile=profile), shop, shelf)
        assert [each.location_id for each in decision.assignments] == ["B"]


@pytest.mark.parametrize(
    ("pickups", "says"),
    [
        ((*TWICE, *TWICE), "told twice for all other days"),
        ((*SATURDAY_TOO, CarrierPickups(carrier="post", at=(), days=(4, 5))), "told twice for day 5"),
        ((CarrierPickups(carrier="post", at=(time(9),), days=(6,)),), "post never comes on a day the location is open"),
    ],
)
def test_pickups_that_contradict_one_another_or_never_happen_are_refused(
    pickups: tuple[CarrierPickups, ...], says: str
) -> None:
    with pytest.raises(InputError, match=says):
        _place(pickups, _berlin())


def test_days_and_times_that_are_none_are_refused() -> None:
    with pytest.raises(InputError, match="numbered from 0"):
        CarrierPickups(carrier="post", at=(time(9),), days=(7,))
    with pytest.raises(InputError, match="local times of day"):
        CarrierPickups(carrier="post", at=(time(9, tzinfo=UTC),))
    with pytest.raises(InputError, match="at most 24 pickups"):
        CarrierPickups(carrier="post", at=tuple([time(9, minute) for minute in range(25)]))


def test_pickups_of_a_carrier_no_rate_names_are_a_slip_of_the_pen() -> None:
    table = RateTable.from_csv(CARD + "post,parcel,home,0,9000,4.00,EUR,1\n", (HOME,))
    with pytest.raises(SetupError, match="location A has pickups of 'Post', which no rate names; known carriers: post"):
        network(_place((CarrierPickups(carrier="Post", at=(time(9),)),), _berlin()), table=table)


def test_a_shop_reads_its_pickups_and_tells_with_which_one_an_order_leaves(tmp_path: Path) -> None:
    config = write_starter_shop(tmp_path)
    slots = 'pickups = [{carrier = "Post", at = [10:30:00, 16:00:00]}, {carrier = "Post", at = [], days = [1]}]'
    text = config.read_text(encoding="utf-8").replace("[[locations]]\n", f"[[locations]]\n{slots}\n")
    config.write_text(text, encoding="utf-8")
    monday = datetime(2026, 3, 2, 11, tzinfo=UTC)  # 12:00 in Munich
    with open_shop(config, clock=VirtualClock(monday)) as oms:
        oms.do(ListItem(item=Item(sku=Sku("TEA"), mass_g=270, unit_cost=Money(310, "EUR")), at=monday))
        document, munich = StockDocumentId("d1"), LocationId("MUC")
        oms.do(
            ReceiveStock(document_id=document, location_id=munich, lines=(StockLine("TEA", "general", 3),), at=monday)
        )
        for number, at in enumerate((monday, monday + timedelta(hours=3))):
            oms.do(
                PlaceOrder(
                    order_id=OrderId(f"o{number}"),
                    channel="web",
                    currency="EUR",
                    destination=Destination(country="DE"),
                    lines=(WantedLine(sku="TEA", units=1, unit_price=UnitPrice.of("9.00", "EUR")),),
                    at=at,
                )
            )
        kept = [oms.look(KeptDecision, oms.look(Order, f"o{number}").decisions[-1]).decision for number in (0, 1)]
    assert [days_of(each.promised[0]) for each in kept] == [
        "leaves with the 16:00 pickup of Post on Mon 2 March, promised for Tue 3 March",
        "leaves with the 10:30 pickup of Post on Wed 4 March, promised for Thu 5 March",
    ]
