"""What may be promised of goods that are due, against a simulation that goes day by day and unit by unit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omscore.errors import DamageError, RefusedError
from omscore.ids import LocationId, OrderId, SupplyId
from omscore.inventory.commands import ChangeSupply, ClaimSupply, ReceiveSupply, SupplyCommand
from omscore.inventory.events import SupplyReceived
from omscore.inventory.expected import ExpectedSupply, Supply, SupplyClaim, holding, to_promise
from omscore.inventory.expecting import decide_supply, evolve_supply
from omscore.records import changed

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY_0 = NOON.date()
MUC, LYS = LocationId("MUC"), LocationId("LYS")
LAST = 12


def day(number: int) -> date:
    return DAY_0 + timedelta(days=number)


def supply(number: int, units: int, on: int, at: LocationId = MUC) -> Supply:
    return Supply(supply_id=SupplyId(f"s{number}"), location_id=at, pool="general", units=units, due_on=day(on))


def claim(order: int, units: int, on: int, at: LocationId = MUC) -> SupplyClaim:
    since = NOON + timedelta(minutes=order)
    return SupplyClaim(OrderId(f"o{order}"), 1, at, "general", day(on), units, since)


def by_turn(claims: Sequence[SupplyClaim]) -> tuple[SupplyClaim, ...]:
    return tuple(sorted(claims, key=lambda each: each.turn))


def goes_short(expected: ExpectedSupply) -> bool:
    """Live through the days one by one: is there an evening by which more is claimed than has come?"""
    level = 0
    for number in range(-LAST, 2 * LAST):
        for each in expected.supplies:
            if each.due_on == day(number) and each.units > 0:
                level += each.units
        for each_claim in expected.claims:
            if each_claim.due_on == day(number):
                level -= each_claim.units
        if level < 0:
            return True
    return False


ROWS = st.lists(st.tuples(st.integers(0, LAST), st.integers(-6, 9).filter(bool)), max_size=6)


@st.composite
def ledgers(draw: st.DrawFn, *, goings: bool = True) -> ExpectedSupply:
    """Some supplies, and claims on them that hold."""
    rows = [row for row in draw(ROWS) if goings or row[1] > 0]
    expected = ExpectedSupply(
        sku="TEA", supplies=tuple([supply(number, units, on) for number, (on, units) in enumerate(rows)])
    )
    for order, (on, units) in enumerate(draw(st.lists(st.tuples(st.integers(0, LAST), st.integers(1, 5)), max_size=5))):
        more = changed(expected, claims=by_turn([*expected.claims, claim(order, units, on)]))
        if not goes_short(more):
            expected = more
    return expected


@given(expected=ledgers(), on_hand=st.integers(0, 10))
def test_by_a_day_exactly_as_much_can_be_promised_as_no_later_evening_lacks(
    expected: ExpectedSupply, on_hand: int
) -> None:
    steps = to_promise(expected, "MUC", "general", on_hand=on_hand, first_day=DAY_0)
    assert [step.day for step in steps] == sorted({each.due_on for each in expected.supplies if each.units > 0})
    assert all(a.units <= b.units for a, b in pairwise(steps))
    for step in steps:
        number = (step.day - DAY_0).days

        def fits(units: int, number: int = number) -> bool:
            more = changed(expected, claims=(*expected.claims, claim(99, units, number)))
            if goes_short(more):
                return False
            # An evening that would be short before that day anyway is not this promise's doing.
            level = on_hand
            for each_day in range(2 * LAST):
                level += sum(each.units for each in more.supplies if each.due_on == day(each_day))
                level -= sum(each.units for each in more.claims if each.due_on == day(each_day))
                if level < 0 and each_day >= number:
                    return False
            return True

        assert step.units == max([units for units in range(60) if units == 0 or fits(units)])
        assert set(step.supplies) == {
            each.supply_id for each in expected.supplies if each.units > 0 and each.due_on == step.day
        }


@given(expected=ledgers(goings=False), first=st.integers(0, LAST))
def test_what_is_late_is_promised_to_nobody(expected: ExpectedSupply, first: int) -> None:
    steps = to_promise(expected, "MUC", "general", on_hand=0, first_day=day(first))
    in_time = changed(
        expected,
        supplies=tuple([each for each in expected.supplies if each.due_on >= day(first)]),
        claims=tuple([each for each in expected.claims if each.due_on >= day(first)]),
    )
    assert steps == to_promise(in_time, "MUC", "general", on_hand=0, first_day=DAY_0)


def dealt_out(expected: ExpectedSupply) -> tuple[SupplyClaim, ...]:
    """The claims that hold when units are given one by one, in turn, wherever that leaves no evening short."""
    kept: list[SupplyClaim] = []
    for each in expected.claims:
        for _ in range(each.units):
            more = [*kept, each._replace(units=1)]
            if not goes_short(changed(expected, claims=tuple(more))):
                kept = more
    totals: dict[SupplyClaim, int] = {}
    for one in kept:
        totals[one._replace(units=0)] = totals.get(one._replace(units=0), 0) + 1
    return tuple([whose._replace(units=units) for whose, units in totals.items()])


@given(expected=ledgers(goings=False), number=st.integers(0, 5), units=st.integers(1, 9), on=st.integers(0, LAST))
def test_when_less_comes_or_later_those_who_came_last_lose_and_nobody_else(
    expected: ExpectedSupply, number: int, units: int, on: int
) -> None:
    if expected.supply(f"s{number}") is None:
        return
    command = ChangeSupply(sku="TEA", supply_id=SupplyId(f"s{number}"), units=units, due_on=day(on), at=NOON)
    after = run(expected, command)
    told = changed(expected, supplies=after.supplies)
    assert after.claims == dealt_out(told)
    assert not goes_short(after)


@given(expected=ledgers(goings=False), number=st.integers(0, 5), units=st.integers(1, 12))
def test_what_comes_serves_claims_and_leaves_no_other_short(expected: ExpectedSupply, number: int, units: int) -> None:
    due = expected.supply(f"s{number}")
    if due is None:
        return
    (event,) = decide_supply(expected, ReceiveSupply(sku="TEA", supply_id=due.supply_id, units=units, at=NOON))
    assert isinstance(event, SupplyReceived)
    after = evolve_supply(expected, event)
    claimed = sum(each.units for each in expected.claims)
    assert sum(each.units for each in event.served) == min(units, due.units, claimed)
    assert sum(each.units for each in after.claims) == claimed - min(units, due.units, claimed)
    assert sum(each.units for each in after.supplies) == sum(each.units for each in expected.supplies) - min(
        units, due.units
    )
    assert not goes_short(after)


@given(expected=ledgers(goings=False), order=st.integers(0, 8), units=st.integers(1, 12), on=st.integers(0, LAST))
def test_a_claim_is_refused_or_takes_only_from_those_who_came_later(
    expected: ExpectedSupply, order: int, units: int, on: int
) -> None:
    mine = claim(order, units, on)
    others = tuple([each for each in expected.claims if each.order_id != mine.order_id])
    before = tuple([each for each in others if each.turn < mine.turn])
    try:
        after = run(expected, ClaimSupply(sku="TEA", order_id=mine.order_id, claims=(mine,), at=NOON))
    except RefusedError:
        assert goes_short(changed(expected, claims=(*before, mine)))
        return
    assert after.claims_of(mine.order_id) == (mine,)
    assert set(before) <= set(after.claims)
    assert after.claims == dealt_out(changed(expected, claims=by_turn([*others, mine])))
    assert run(after, ClaimSupply(sku="TEA", order_id=mine.order_id, claims=(), at=NOON)).claims == tuple(
        [each for each in after.claims if each.order_id != mine.order_id]
    )


def run(expected: ExpectedSupply, command: SupplyCommand) -> ExpectedSupply:
    for event in decide_supply(expected, command):
        expected = evolve_supply(expected, event)
    return expected


def test_places_are_kept_apart() -> None:
    expected = ExpectedSupply(
        sku="TEA", supplies=(supply(1, 5, 2), supply(2, 4, 3, LYS)), claims=(claim(1, 5, 2), claim(2, 1, 3, LYS))
    )
    assert holding(expected) == expected.claims
    assert expected.cells() == (("LYS", "general"), ("MUC", "general"))
    assert [step.units for step in to_promise(expected, "MUC", "general", on_hand=0, first_day=DAY_0)] == [0]
    assert [step.units for step in to_promise(expected, "LYS", "general", on_hand=0, first_day=DAY_0)] == [3]


def test_a_log_that_begins_in_the_middle_is_damage() -> None:
    event = SupplyReceived(sku="TEA", supply_id=SupplyId("s1"), units=1, served=(), at=NOON)
    with pytest.raises(DamageError, match="before SupplyExpected"):
        evolve_supply(None, event)


def test_what_comes_first_serves_the_earliest_day_not_the_earliest_order() -> None:
    expected = ExpectedSupply(
        sku="TEA", supplies=(supply(1, 3, 3), supply(2, 3, 6)), claims=(claim(1, 3, 6), claim(2, 3, 3))
    )
    after = run(expected, ReceiveSupply(sku="TEA", supply_id=SupplyId("s1"), units=3, at=NOON))
    assert after.claims == (claim(1, 3, 6),)
    assert not goes_short(after)
