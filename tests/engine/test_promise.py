"""What is promised before an order is what the order gets, day by day of the calendars; and asking changes nothing."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omscore.calendars import Calendar
from omscore.errors import InputError, NotFoundError
from omscore.money import Money
from omscore.orders.model import Order
from omscore.places import Destination
from omscore.records import changed
from omscore.routing import Network, RateTable, route
from omscore.routing.decisions import KeptDecision
from omscore.routing.model import PromisedDays
from omscore.routing.promise import promised
from tests.kit.shops import CUP, POT, TEA, order, small_shop
from tests.laws.checks import check_everything
from tests.routing.shops import HOME, ask, location, on_shelf

DE = Destination(country="DE", postcode_area="101")
CARD = """carrier,service,zone,min_g,max_g,price,currency,transit_days
post,parcel,home,0,5000,4.00,EUR,2
post,express,home,0,5000,9.00,EUR,1
bike,courier,home,0,2000,4.00,EUR,1
"""


@settings(max_examples=25)
@given(
    units=st.dictionaries(st.sampled_from((TEA, CUP, POT)), st.integers(1, 16), min_size=1),
    channel=st.sampled_from(("web", "store")),
)
def test_what_is_promised_is_what_an_order_placed_at_once_gets(
    tmp_path_factory: pytest.TempPathFactory, units: dict[str, int], channel: str
) -> None:
    with small_shop(tmp_path_factory.mktemp("promise"), storage={"memory": {}}) as oms:
        before = list(oms.storage.events())
        promise = oms.promise(units, channel=channel, destination=DE)
        assert list(oms.storage.events()) == before
        oms.do(order(oms, units, channel=channel))
        decision = oms.look(KeptDecision, oms.look(Order, "ord_1").decisions[0]).decision
        assert promise.decision.assignments == decision.assignments
        assert promise.decision.leftovers == decision.leftovers
        sent = {(each.location_id, sku): count for each in promise.shipments for sku, count in each.units}
        assert sum(sent.values()) + sum(left.units for left in promise.left_over) == sum(units.values())
        assert [(each.location_id, each.leaves_on, each.arrives_on) for each in decision.promised] == [
            (each.location_id, each.leaves_on, each.options[0].arrives_on) for each in promise.shipments
        ]
        if decision.assignments:
            assert promise.price is not None
            assert promise.arrives_on is not None
            assert promise.earliest_on is not None
            assert promise.earliest_on <= promise.arrives_on


def network(*, processing_hours: int = 0, holidays: tuple[date, ...] = (), carrier: tuple[date, ...] = ()) -> Network:
    shop = changed(
        location("BER"),
        processing_hours=processing_hours,
        calendar=Calendar(timezone="Europe/Berlin", holidays=holidays),
    )
    return Network(locations=(shop,), rates=RateTable.from_csv(CARD, (HOME,)), currency="EUR", carrier_holidays=carrier)


@pytest.mark.parametrize(
    ("asked", "there", "leaves", "slow", "fast"),
    [
        # Before the cut-off at 14:00 in Berlin, which is 13:00 in winter: the same day.
        (datetime(2026, 3, 2, 12, 59, tzinfo=UTC), network(), date(2026, 3, 2), date(2026, 3, 4), date(2026, 3, 3)),
        (datetime(2026, 3, 2, 13, 0, tzinfo=UTC), network(), date(2026, 3, 3), date(2026, 3, 5), date(2026, 3, 4)),
        # The clocks go forward on 29 March; from then on 14:00 there is 12:00.
        (datetime(2026, 3, 30, 11, 59, tzinfo=UTC), network(), date(2026, 3, 30), date(2026, 4, 1), date(2026, 3, 31)),
        (datetime(2026, 3, 30, 12, 0, tzinfo=UTC), network(), date(2026, 3, 31), date(2026, 4, 2), date(2026, 4, 1)),
        # Friday after the cut-off leaves on Monday; two working days later is Wednesday.
        (datetime(2026, 3, 6, 14, 0, tzinfo=UTC), network(), date(2026, 3, 9), date(2026, 3, 11), date(2026, 3, 10)),
        # Thirty hours to get it ready.
        (
            datetime(2026, 3, 2, 8, 0, tzinfo=UTC),
            network(processing_hours=30),
            date(2026, 3, 4),
            date(2026, 3, 6),
            date(2026, 3, 5),
        ),
        # Nobody works there on Monday, nothing travels on Wednesday.
        (
            datetime(2026, 3, 2, 8, 0, tzinfo=UTC),
            network(holidays=(date(2026, 3, 2),), carrier=(date(2026, 3, 4),)),
            date(2026, 3, 3),
            date(2026, 3, 6),
            date(2026, 3, 5),
        ),
    ],
)
def test_days_are_civil_days_of_the_location_and_of_the_carrier(
    asked: datetime, there: Network, leaves: date, slow: date, fast: date
) -> None:
    request = ask((1, "S", 1, 3_000))
    decision = route(request, there, on_shelf(S={"BER": 1}))
    promise = promised(decision, request, there, asked)
    (shipment,) = promise.shipments
    assert shipment.leaves_on == leaves
    assert [(option.service, option.arrives_on) for option in shipment.options] == [
        ("parcel", slow),
        ("courier", fast),  # in two parcels, and still for less than the express
        ("express", fast),
    ]
    assert (promise.arrives_on, promise.earliest_on) == (slow, fast)
    assert promise.price == Money(400, "EUR")


def test_a_decision_keeps_the_days_it_promised_and_what_they_rest_on(tmp_path: Path) -> None:
    edit = "processing_hours = 30\n"
    with small_shop(tmp_path, storage={"memory": {}}, edit=edit) as oms:
        oms.do(order(oms, {TEA: 1, POT: 1}))
        (days,) = oms.look(KeptDecision, "ord_1.d1").decision.promised
        assert days == PromisedDays(
            location_id="LYS",
            leaves_on=date(2026, 3, 4),  # ready on Tuesday at 19:00 there, after the cut-off
            arrives_on=date(2026, 3, 9),  # three working days
            carrier="post",
            service="parcel",
            transit_days=3,
            processing_hours=30,
            cutoff=time(16, 0),
        )
        check_everything(oms)


def test_a_decision_written_before_days_were_kept_reads_as_one_without(tmp_path: Path) -> None:
    with small_shop(tmp_path, storage={"memory": {}}) as oms:
        oms.do(order(oms, {TEA: 1}))
        (row,) = [row for row in oms.storage.events() if row.name == "RoutingDecided"]
        fields = json.loads(row.body)
        assert fields["decision"].pop("promised")
        assert not {"by", "anew"} & fields["decision"].keys()
        event = oms.codec.event(row.name, row.at, json.dumps(fields))
        assert event.decision == changed(oms.look(KeptDecision, "ord_1.d1").decision, promised=())


def test_of_services_at_one_price_the_faster_comes_first() -> None:
    request, there = ask((1, "S", 1, 500)), network()
    decision = route(request, there, on_shelf(S={"BER": 1}))
    promise = promised(decision, request, there, datetime(2026, 3, 2, 8, tzinfo=UTC))
    assert [(option.carrier, option.price.minor) for option in promise.shipments[0].options] == [
        ("bike", 400),
        ("post", 400),
        ("post", 900),
    ]


def test_what_cannot_be_promised_is_said_with_the_reason(tmp_path: Path) -> None:
    with small_shop(tmp_path, storage={"memory": {}}) as oms:
        some = oms.promise({POT: 5}, channel="web", destination=DE)
        assert [(left.sku, left.units, left.says) for left in some.left_over] == [
            (POT, 3, "only 2 of the 5 units are sellable")
        ]
    with small_shop(tmp_path, storage={"memory": {}}, stock=False) as oms:
        none = oms.promise({POT: 1}, channel="web", destination=DE)
        assert (none.shipments, none.price, none.arrives_on, none.earliest_on) == ((), None, None, None)


@pytest.mark.parametrize(
    ("units", "channel", "error", "says"),
    [
        ({}, "web", InputError, "at least one article"),
        ({TEA: 0}, "web", InputError, "units of TEA"),
        ({"GHOST": 1}, "web", NotFoundError, "'GHOST' is not known"),
        ({TEA: 1}, "wap", NotFoundError, "there is no channel 'wap'"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(
    tmp_path: Path, units: dict[str, int], channel: str, error: type[Exception], says: str
) -> None:
    with small_shop(tmp_path, storage={"memory": {}}) as oms, pytest.raises(error, match=says):
        oms.promise(units, channel=channel, destination=DE)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"units": 5}, "give units by SKU"),
        ({"units": [TEA]}, "give units by SKU"),
        ({"destination": "DE"}, "must be a Destination"),
        ({"value": 5}, "must be Money"),
        ({"value": Money(-1, "EUR")}, "must be Money of zero or more"),
        ({"tags": "gift"}, "must be a tuple of texts"),
        ({"tags": (1,)}, "must be a tuple of texts"),
    ],
)
def test_a_question_that_cannot_be_is_refused_by_name(tmp_path: Path, wrong: dict[str, Any], says: str) -> None:
    with small_shop(tmp_path, storage={"memory": {}}) as oms:
        asked: dict[str, Any] = {"units": {TEA: 1}, "channel": "web", "destination": Destination(country="DE")}
        with pytest.raises(InputError, match=says):
            oms.promise(**(asked | wrong))
