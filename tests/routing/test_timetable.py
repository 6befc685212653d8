"""The timetable remembers; what it says is what the calendars say."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from omscore.calendars import Calendar
from omscore.items import ItemFlag
from omscore.places import Destination, Location
from omscore.records import changed
from omscore.routing import RateTable, Surcharge, route
from omscore.routing.promise import promised, with_promise
from omscore.routing.rates import Carried
from omscore.routing.timetable import Timetable
from tests.routing.shops import HOME, TABLE, ask, location, network, on_shelf, random_table

SPRING = datetime(2026, 3, 26, tzinfo=UTC)
moments = st.integers(0, 14 * 24 * 60).map(lambda minutes: SPRING + timedelta(minutes=minutes))
places = st.builds(
    lambda zone, cutoff, days, hours, closed: changed(
        location("A"),
        processing_hours=hours,
        calendar=Calendar(timezone=zone, cutoff=cutoff, open_days=days, holidays=closed),
    ),
    st.sampled_from(("Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe")),
    st.sampled_from((time(0, 1), time(2, 30), time(14, 0), time(23, 59))),
    st.sampled_from(((0, 1, 2, 3, 4), (6,), tuple(range(7)))),
    st.sampled_from((0, 1, 30)),
    st.sampled_from(((), (date(2026, 3, 30), date(2026, 4, 6)))),
)


@given(place=places, asked=st.lists(moments, min_size=1, max_size=30), transit_days=st.integers(0, 5))
def test_whatever_was_asked_before_the_days_are_those_of_the_calendars(
    place: Location, asked: list[datetime], transit_days: int
) -> None:
    holidays = (date(2026, 4, 3),)
    days = Timetable(holidays)
    travel = Calendar(timezone=place.calendar.timezone, holidays=holidays)
    for at in asked:
        leaves_on = place.work_day(at)
        kept = days.promised(place, at, Carried("post", "parcel", transit_days))
        assert (kept.leaves_on, kept.arrives_on) == (leaves_on, travel.add_open_days(leaves_on, transit_days))


@given(rng=st.randoms(use_true_random=False), mass_g=st.integers(0, 9_000))
def test_a_shipment_is_promised_by_the_service_that_is_quoted(rng: random.Random, mass_g: int) -> None:
    table = random_table(rng, tame=False)
    quote, carried = table.quote("DE", "DE", mass_g), table.cheapest("DE", "DE", mass_g)
    assert quote is not None
    assert carried is not None
    assert carried[:3] == (quote.carrier, quote.service, quote.transit_days)
    largest = max(row.max_g for row in table.rows if (row.service, row.zone) == (quote.service, quote.zone))
    assert (carried.parcels - 1) * largest < max(1, mass_g) <= carried.parcels * largest
    assert table.cheapest("DE", "XX", mass_g) is None


def test_a_surcharge_may_make_another_service_the_one_that_is_promised() -> None:
    card = "carrier,service,zone,min_g,max_g,price,currency,transit_days\n"
    rows = "post,parcel,home,0,9000,4.00,EUR,2\nair,jet,home,0,9000,4.20,EUR,1\n"
    levy = Surcharge(name="levy", fixed=Decimal("0.50"), carriers=("post",), flags=(ItemFlag.FRAGILE,))
    table = RateTable.from_csv(card + rows, (HOME,), (levy,))
    assert table.cheapest("DE", "DE", 1) == Carried("post", "parcel", 2)
    assert table.cheapest("DE", "DE", 1, flags={ItemFlag.FRAGILE}) == Carried("air", "jet", 1)


def test_the_days_kept_with_a_decision_are_those_of_its_promise_by_the_cheapest_service() -> None:
    shop, home = network(location("A"), location("B", country="AT"), table=TABLE), Destination(country="DE")
    request = changed(ask((1, "S", 3, 400), (2, "T", 1, 900)), destination=home)
    decision = route(request, shop, on_shelf(S={"A": 2, "B": 1}, T={"B": 1}))
    kept = with_promise(decision, request, shop, SPRING).promised
    told = promised(decision, request, shop, SPRING).shipments
    assert [(each.location_id, each.leaves_on, each.arrives_on, each.service) for each in kept] == [
        (each.location_id, each.leaves_on, each.options[0].arrives_on, each.options[0].service) for each in told
    ]
    assert len(kept) == 2
