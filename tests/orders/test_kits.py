"""The money and the units of kits on an order: every cent in one part, every kit whole unless a person tears it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from omscore.errors import InputError, NotFoundError, RefusedError
from omscore.ids import DecisionId, FulfillmentId
from omscore.items import Kit, KitPart, Ships, checked_sku
from omscore.money import Money
from omscore.orders.amounts import Amounts
from omscore.orders.commands import AllocateLines, CancelKits, CancelUnits, KitTold, LineTax, PartTold, PlaceOrder
from omscore.orders.kits import units_of_kits, with_whole_kits
from omscore.orders.model import Order, Take
from omscore.orders.totals import agreed_lines
from omscore.records import changed
from tests.orders.orders import NOON, ORDER, after, place, wanted

RATES = ("0", "0.07", "0.19", "0.255")

parts = st.lists(st.tuples(st.integers(1, 4), st.integers(0, 5)), min_size=1, max_size=4).filter(
    lambda found: any(share for _, share in found)
)


def told(line: int, recipe: list[tuple[int, int]], rates: list[str], ships: Ships = Ships.TOGETHER) -> KitTold:
    return KitTold(
        line,
        ships,
        tuple(
            PartTold(f"PART-{k}", "", units, share, f"VAT{rates[k % len(rates)]}", Decimal(rates[k % len(rates)]))
            for k, (units, share) in enumerate(recipe)
        ),
    )


def kit_order(price: str, kits: int, recipe: list[tuple[int, int]], rates: list[str], **more: Any) -> PlaceOrder:
    """One plain line, then the kits."""
    plain = place(wanted("3.33", 2), wanted(price, kits))
    taxes = tuple(LineTax(f"VAT{rates[0]}", Decimal(rates[0])) for _ in range(2))
    return changed(plain, taxes=taxes, kits=(told(2, recipe, rates),), **more)


@given(
    cents=st.integers(0, 9_999),
    kits=st.integers(1, 7),
    recipe=parts,
    rate=st.sampled_from(RATES),
    off=st.integers(0, 300),
    shipping=st.integers(0, 999),
    gross=st.booleans(),
    by_unit=st.booleans(),
)
@example(cents=999, kits=3, recipe=[(1, 1), (1, 1)], rate="0.19", off=0, shipping=0, gross=True, by_unit=False)
def test_the_parts_of_a_kit_cost_what_the_kit_would_cost_as_one_article(
    cents: int, kits: int, recipe: list[tuple[int, int]], rate: str, off: int, shipping: int, gross: bool, by_unit: bool
) -> None:
    more = {
        "discount": Money(off, "EUR"),
        "shipping": Money(shipping, "EUR"),
        "prices_include_tax": gross,
        "unit_tax": by_unit,
    }
    price = str(Decimal(cents).scaleb(-2))
    command = kit_order(price, kits, recipe, [rate], **more)
    plain, whole = agreed_lines(changed(command, kits=()))
    first, *lines = agreed_lines(command)
    assert first == plain
    assert Amounts.total([line.amounts for line in lines], "EUR") == whole.amounts
    assert Money.total([line.discount for line in lines], "EUR") == whole.discount
    assert [line.line_id for line in lines] == list(range(2, 2 + len(recipe)))
    for line, (units, share) in zip(lines, recipe, strict=True):
        assert (line.units, line.per_kit, line.kit_id) == (kits * units, units, 1)
        assert share or line.amounts.gross.is_zero


@given(cents=st.integers(1, 9_999), kits=st.integers(1, 7), recipe=parts, data=st.data())
def test_every_kit_of_an_order_without_discounts_is_worth_its_price(
    cents: int, kits: int, recipe: list[tuple[int, int]], data: st.DataObject
) -> None:
    _, *lines = agreed_lines(kit_order(str(Decimal(cents).scaleb(-2)), kits, recipe, ["0.19"]))
    done = data.draw(st.integers(0, kits - 1))
    worth = [line.amounts.part(done * line.per_kit, line.per_kit, line.units).gross for line in lines]
    assert Money.total(worth, "EUR") == Money(cents, "EUR")


@given(
    cents=st.integers(0, 9_999),
    kits=st.integers(1, 4),
    recipe=parts,
    rates=st.lists(st.sampled_from(RATES), min_size=1, max_size=3),
    data=st.data(),
)
def test_any_way_of_giving_parts_back_comes_to_what_the_kits_cost(
    cents: int, kits: int, recipe: list[tuple[int, int]], rates: list[str], data: st.DataObject
) -> None:
    command = kit_order(str(Decimal(cents).scaleb(-2)), kits, recipe, rates)
    _, *lines = agreed_lines(command)
    gone = dict.fromkeys([line.line_id for line in lines], 0)
    back = Money.zero("EUR")
    while left := [line for line in lines if gone[line.line_id] < line.units]:
        line = data.draw(st.sampled_from(left))
        units = data.draw(st.integers(1, line.units - gone[line.line_id]))
        back = back + line.amounts.part(gone[line.line_id], units, line.units).gross
        gone[line.line_id] += units
    assert back == Money(cents * kits, "EUR")


WORK = FulfillmentId("ord_1.f1")


def placed(kits: int = 3, taken: int = 0) -> Order:
    """Kits of one lamp and two bulbs; so many of them are taken by a location."""
    command = changed(place(wanted("10.00", kits)), kits=(told(1, [(1, 1), (2, 1)], ["0.19"]),))
    order = after(None, command)
    if not taken:
        return order
    takes = (Take(1, taken, WORK), Take(2, 2 * taken, WORK))
    return after(order, AllocateLines(order_id=ORDER, decision_id=DecisionId("d"), takes=takes, backorders=(), at=NOON))


def cancel(kits: int) -> CancelKits:
    return CancelKits(order_id=ORDER, kit_id=1, kits=kits, at=NOON)


def test_whole_kits_are_cancelled_and_those_nobody_has_taken_first() -> None:
    order = after(placed(3, taken=2), cancel(1))
    assert [(line.quantities.cancelled, line.quantities.allocated) for line in order.lines] == [(1, 2), (2, 4)]
    order = after(order, cancel(1))
    assert [take[:2] for take in order.takes] == [(1, 1), (2, 2)]


def test_no_more_kits_are_cancelled_than_are_whole() -> None:
    order = after(placed(2), CancelUnits(order_id=ORDER, line_id=2, units=1, at=NOON))
    with pytest.raises(RefusedError, match="1 of 2 whole kits can still be cancelled, not 2"):
        after(order, cancel(2))
    assert [line.quantities.cancelled for line in after(order, cancel(1)).lines] == [1, 3]
    with pytest.raises(NotFoundError, match="has no kit 2"):
        after(order, changed(cancel(1), kit_id=2))
    with pytest.raises(InputError):
        after(order, cancel(0))


@given(kits=st.integers(1, 5), short=st.tuples(st.integers(0, 5), st.integers(0, 10)))
def test_what_cannot_come_takes_the_rest_of_its_kits_along(kits: int, short: tuple[int, int]) -> None:
    order = placed(kits)
    units = {1: min(short[0], kits), 2: min(short[1], 2 * kits)}
    found = with_whole_kits(order, {line: count for line, count in units.items() if count})
    most = max(units[1], -(-units[2] // 2))
    assert found == ({1: most, 2: 2 * most} if most else {})


def test_a_part_whose_kit_was_torn_before_takes_no_whole_kit_along() -> None:
    order = after(placed(3, taken=2), CancelUnits(order_id=ORDER, line_id=2, units=2, at=NOON))
    assert [(line.quantities.waiting, line.quantities.allocated) for line in order.lines] == [(1, 2), (0, 4)]
    assert with_whole_kits(order, {1: 1}) == {1: 1}
    assert with_whole_kits(order, {1: 2}) == {1: 2, 2: 2}


def test_the_units_of_kits_are_told_by_line() -> None:
    assert units_of_kits(placed(3), 1, 2) == ((1, 2), (2, 4))
    with pytest.raises(InputError, match="has 3 of kit 1"):
        units_of_kits(placed(3), 1, 4)


def test_a_recipe_that_cannot_be_right_is_refused() -> None:
    lamp = KitPart(sku=checked_sku("LAMP"))
    for recipe in ((), (lamp, lamp), ("LAMP",)):
        with pytest.raises(InputError, match="kit"):
            Kit(parts=recipe)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="units of LAMP in a kit"):
        KitPart(sku=checked_sku("LAMP"), units=0)
    with pytest.raises(InputError, match="the share of LAMP"):
        KitPart(sku=checked_sku("LAMP"), share=-1)
