"""What lines cost: the golden cases by name, and the law that nothing is lost between the order and its lines."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from omscore.errors import InputError
from omscore.ids import DecisionId, FulfillmentId, ReturnId
from omscore.items import Ships
from omscore.money import Money, Rounding
from omscore.orders import plain
from omscore.orders.amounts import Amounts, Taxed
from omscore.orders.commands import (
    AllocateLines,
    CancelOrder,
    KitTold,
    LineTax,
    PlaceOrder,
    PromiseReturn,
    RecordProgress,
    RecordReturned,
    RecordShipped,
    WantedLine,
)
from omscore.orders.decide import decide
from omscore.orders.events import LinesReturned, UnitsCancelled
from omscore.orders.linestates import LineState
from omscore.orders.model import LineUnits, Order, Take
from omscore.orders.plain import plain_lines
from omscore.orders.totals import agreed_lines
from omscore.records import changed
from tests.orders.orders import NOON, ORDER, after, place, refunds, wanted

WORK = FulfillmentId("ord_1.f1")


def delivered(command: PlaceOrder, shipped: tuple[int, ...] | None = None) -> Order:
    """The order with these units per line (all of them unless told) delivered and the rest still open."""
    counts = shipped or tuple(line.units for line in command.lines)
    units = tuple(LineUnits(at, count) for at, count in enumerate(counts, 1))
    takes = tuple(Take(line_id, count, WORK) for line_id, count in units)
    steps = [
        (LineState.ALLOCATED, LineState.PICKED),
        (LineState.PICKED, LineState.PACKED),
        (LineState.SHIPPED, LineState.DELIVERED),
    ]
    picked, packed, arrived = (
        RecordProgress(order_id=ORDER, fulfillment_id=WORK, origin=origin, target=target, units=units, at=NOON)
        for origin, target in steps
    )
    return after(
        None,
        command,
        AllocateLines(order_id=ORDER, decision_id=DecisionId("dec_1"), takes=takes, backorders=(), at=NOON),
        picked,
        packed,
        RecordShipped(order_id=ORDER, fulfillment_id=WORK, units=units, at=NOON),
        arrived,
    )


def refund_of(order: Order, *units: tuple[int, int]) -> tuple[Order, Money]:
    """The order after these units of these lines came back, and what the customer gets for them."""
    back = tuple(LineUnits(*each) for each in units)
    number = ReturnId(f"ord_1.r{len(order.returns) + 1}")
    order = after(order, PromiseReturn(order_id=ORDER, return_id=number, units=back, at=NOON))
    command = RecordReturned(order_id=ORDER, return_id=number, units=back, refund_shipping=True, at=NOON)
    (event,) = decide(order, command)
    assert isinstance(event, LinesReturned)
    return after(order, command), event.amounts.gross


@given(st.lists(st.integers(1, 9), min_size=1, max_size=9))
@example([9])
@example([1] * 9)
def test_golden_case_9_refunds_of_ten_at_23_90_less_a_quarter_sum_to_179_25(steps: list[int]) -> None:
    order = delivered(place(wanted("23.90", 10), rates="0.20", percent="25"))
    assert str(order.total) == "179.25 EUR"
    refunded, left = Money.zero("EUR"), 10
    for step in steps:
        units = min(step, left)
        if units:
            order, money = refund_of(order, (1, units))
            refunded, left = refunded + money, left - units
    if left:
        order, money = refund_of(order, (1, left))
        refunded = refunded + money
    assert str(refunded) == "179.25 EUR"


def test_golden_case_10_the_150_of_150_and_60_less_a_fifth_is_refunded_with_120() -> None:
    order = delivered(place(wanted("150", 1), wanted("60", 1), percent="20"))
    assert str(order.total) == "168.00 EUR"
    assert str(refund_of(order, (1, 1))[1]) == "120.00 EUR"


def test_golden_case_11_two_of_three_at_100_less_a_tenth_are_refunded_with_180() -> None:
    order = delivered(place(wanted("100", 3), percent="10"))
    assert str(refund_of(order, (1, 2))[1]) == "180.00 EUR"


def test_golden_case_12_the_tax_mode_decides_between_3_86_and_3_87_gross() -> None:
    # 3 x 1.08 net at 19 %: on the line 3.24 + 0.62; on the unit 3 x (1.08 + 0.21).
    (by_line,) = agreed_lines(place(wanted("1.08", 3), rates="0.19", gross=False))
    (by_unit,) = agreed_lines(place(wanted("1.08", 3), rates="0.19", gross=False, unit_tax=True))
    assert (str(by_line.amounts.gross), str(by_unit.amounts.gross)) == ("3.86 EUR", "3.87 EUR")


def test_gross_prices_keep_their_gross_in_either_tax_mode() -> None:
    (by_line,) = agreed_lines(place(wanted("1.08", 3), rates="0.19"))
    (by_unit,) = agreed_lines(place(wanted("1.08", 3), rates="0.19", unit_tax=True))
    assert str(by_line.amounts.gross) == str(by_unit.amounts.gross) == "3.24 EUR"
    assert (str(by_line.amounts.net), str(by_unit.amounts.net)) == ("2.72 EUR", "2.73 EUR")


def test_golden_case_15_cancelling_the_rest_releases_3_and_4_and_moves_nothing_else() -> None:
    order = delivered(place(wanted("5", 10), wanted("7", 10)), shipped=(7, 6))
    command = CancelOrder(order_id=ORDER, at=NOON)
    events = decide(order, command)
    assert [(e.line_id, e.from_open, e.from_backordered, e.drops) for e in events if isinstance(e, UnitsCancelled)] == [
        (1, 3, 0, ()),
        (2, 4, 0, ()),
    ]
    assert len(events) == 2
    closed = after(order, command)
    assert [(line.quantities.cancelled, line.quantities.delivered) for line in closed.lines] == [(3, 7), (4, 6)]


def test_golden_case_16_a_yen_order_is_refunded_in_whole_yen() -> None:
    order = delivered(place(wanted("9899", 1, "JPY"), rates="0.10"))
    assert refund_of(order, (1, 1))[1] == Money(9899, "JPY")


prices = st.integers(0, 10**7).map(lambda minor: f"{minor // 100}.{minor % 100:02}") | st.sampled_from(
    ["0.0125", "0.005", "1.08", "23.90", "33.335"]
)
rates = st.sampled_from(["0", "0.05", "0.07", "0.19", "0.20", "0.255"])
lines = st.lists(st.tuples(prices, st.integers(1, 500), rates, st.integers(0, 100)), min_size=1, max_size=8)
cents = st.integers(0, 100_000)


@given(lines, st.integers(0, 100), cents, cents, st.booleans())
@example([("0", 3, "0.19", 0), ("0", 1, "0.07", 0)], 0, 1, 1, False)
def test_gross_of_all_lines_is_goods_less_discounts_plus_shipping_and_charges(
    drawn: list[tuple[str, int, str, int]], percent: int, shipping: int, charges: int, unit_tax: bool
) -> None:
    goods = [
        wanted(price, units).unit_price.extend(units, rounding=Rounding.HALF_UP).minor for price, units, _, _ in drawn
    ]
    line_discounts = [worth * part // 100 for worth, (_, _, _, part) in zip(goods, drawn, strict=True)]
    command = place(
        *(wanted(p, units, discount=off) for (p, units, _, _), off in zip(drawn, line_discounts, strict=True)),
        rates=[rate for _, _, rate, _ in drawn],
        percent=str(percent),
        shipping=shipping,
        charges=charges,
        unit_tax=unit_tax,
    )
    placed = agreed_lines(command)
    after_lines = sum(goods) - sum(line_discounts)
    off = (2 * after_lines * percent + 100) // 200
    gross = Money.total((line.amounts.gross for line in placed), "EUR").minor
    assert gross == after_lines - off + shipping + charges
    assert sum(line.discount.minor for line in placed) == sum(line_discounts) + off
    assert sum(line.amounts.shipping.gross.minor for line in placed) == shipping
    assert sum(line.amounts.charges.gross.minor for line in placed) == charges
    for line, worth in zip(placed, goods, strict=True):
        assert line.amounts.goods.gross.minor == worth - line.discount.minor >= 0
        assert line.amounts.goods.net.minor >= 0
        assert line.amounts.goods.tax.minor >= 0


def by_itself(price: str, units: int, together: str = "") -> WantedLine:
    """A line that costs what it costs by itself, where the order has no discount."""
    return changed(wanted(price, units), discount=None, together=together)


few_lines = st.lists(
    st.tuples(
        st.sampled_from(("10", "10.0", "10.00", "0.0125", "1.08", "0")),
        st.sampled_from((1, 2, 7)),
        st.sampled_from(("0.2", "0.20", "0", "0.07")),
        st.sampled_from(("", "set")),
    ),
    min_size=1,
    max_size=4,
)


@given(few_lines, st.sampled_from((True, False, None)), st.sampled_from((True, False, None)))
def test_a_line_that_was_kept_is_the_line_worked_out_anew_letter_for_letter(
    drawn: list[tuple[str, int, str, str]], gross: bool | None, unit_tax: bool | None
) -> None:
    command = changed(
        place(
            *(by_itself(price, units, together) for price, units, _, together in drawn),
            rates=[rate for _, _, rate, _ in drawn],
        ),
        discount=None,
        prices_include_tax=gross,
        unit_tax=unit_tax,
    )
    anew = agreed_lines(command)
    kept = plain._plain_line.cache_info().hits
    for _ in range(2):
        assert repr(plain_lines(command)) == repr(anew)
    assert plain._plain_line.cache_info().hits >= kept + len(drawn)


@pytest.mark.parametrize(
    "change",
    [
        {"discount": Money.zero("EUR")},
        {"discount_percent": Decimal(1)},
        {"shipping": Money(1, "EUR")},
        {"charges": Money(1, "EUR")},
        {"kits": (KitTold(line=1, parts=(), ships=Ships.APART),)},
        {"told_taxes": (Money(1, "EUR"),)},
        {"told_shipping_tax": Money(1, "EUR")},
        {"lines": (wanted("1", 1),)},
    ],
)
def test_no_line_is_kept_of_an_order_on_which_something_comes_off_is_shared_or_was_told(change: dict[str, Any]) -> None:
    one = changed(place(by_itself("1", 1)), discount=None)
    assert plain_lines(one) is not None
    assert plain_lines(changed(one, **change)) is None


class Alike(str):
    """A text that equals a SKU and is none."""


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"currency": "CHF"}, "line 1 is priced in EUR, the order is in CHF"),
        ({"lines": (changed(by_itself("1", 1), units=True),)}, "line 1 units must be a whole number"),
        ({"lines": (changed(by_itself("1", 1), units=0),)}, "line 1 units must be between 1 and"),
        ({"lines": (changed(by_itself("1", 1), sku=Alike("TEA")),)}, "SKU must be text, not Alike"),
        ({"lines": (changed(by_itself("1", 1), sku=["TEA"]),)}, "SKU must be text, not list"),  # type: ignore[arg-type]
        ({"lines": (by_itself("-1", 1),)}, "line 1 has the negative price -1"),
        ({"lines": ()}, "has 0 lines"),
        ({"lines": (by_itself("6000000000000", 100),) * 2, "taxes": (LineTax("S", Decimal(0)),) * 2}, "below 10"),
        ({"taxes": (LineTax("S", Decimal(-1)),)}, "line 1 has the tax rate -1"),
        ({"taxes": ()}, "1 lines but 0 tax rates"),
    ],
)
def test_lines_that_were_kept_are_refused_like_new_ones(change: dict[str, Any], says: str) -> None:
    one = changed(place(by_itself("1", 1)), discount=None, shipping=None, charges=None)
    for _ in range(2):
        decide(None, one)
        with pytest.raises(InputError, match=says):
            decide(None, changed(one, **change))


@given(lines, cents, st.booleans())
def test_with_net_prices_the_net_of_all_lines_is_goods_plus_shipping(
    drawn: list[tuple[str, int, str, int]], shipping: int, unit_tax: bool
) -> None:
    command = place(
        *(wanted(price, units) for price, units, _, _ in drawn),
        rates=[rate for _, _, rate, _ in drawn],
        shipping=shipping,
        gross=False,
        unit_tax=unit_tax,
    )
    goods = sum(line.unit_price.extend(line.units, rounding=Rounding.HALF_UP).minor for line in command.lines)
    assert sum(line.amounts.net.minor for line in agreed_lines(command)) == goods + shipping


@given(st.integers(0, 10**9), rates.filter(lambda rate: rate != "0"))
def test_the_net_within_a_gross_amount_is_the_exact_quotient_rounded_half_up(minor: int, rate: str) -> None:
    (line,) = agreed_lines(place(wanted(f"{minor // 100}.{minor % 100:02}", 1), rates=rate))
    net = line.amounts.goods.net.minor
    scaled = Decimal(1) + Decimal(rate)
    assert scaled * (2 * net - 1) <= 2 * minor < scaled * (2 * net + 1)


amounts = st.builds(
    lambda g, s, c: Amounts(
        goods=Taxed(Money(g[0], "EUR"), Money(g[1], "EUR")),
        shipping=Taxed(Money(s[0], "EUR"), Money(s[1], "EUR")),
        charges=Taxed(Money(c[0], "EUR"), Money(c[1], "EUR")),
    ),
    *[st.tuples(st.integers(0, 10**8), st.integers(0, 10**7))] * 3,
)


@given(amounts, st.lists(st.integers(1, 40), min_size=1, max_size=12))
def test_parts_of_a_line_in_any_sequence_sum_to_the_whole(whole: Amounts, steps: list[int]) -> None:
    units = sum(steps)
    parts = [whole.part(sum(steps[:at]), step, units) for at, step in enumerate(steps)]
    assert Amounts.total(parts, "EUR") == whole
    assert Money.total(refunds(whole, units, steps), "EUR") == whole.gross
    left = whole
    for part in parts:
        left = left - part
    assert left == Amounts.zero("EUR")


@given(amounts, st.integers(1, 60), st.data())
def test_no_part_of_a_line_is_below_zero_or_beyond_the_whole(whole: Amounts, units: int, data: st.DataObject) -> None:
    done = data.draw(st.integers(0, units - 1))
    part = whole.part(done, data.draw(st.integers(1, units - done)), units)
    for mine, all_of_it in (
        (part.goods, whole.goods), (part.shipping, whole.shipping), (part.charges, whole.charges),
    ):  # fmt: skip
        assert 0 <= mine.gross.minor <= all_of_it.gross.minor
        assert 0 <= mine.tax.minor <= all_of_it.tax.minor


def test_goods_only_leaves_shipping_and_charges_out() -> None:
    (line,) = agreed_lines(place(wanted("10", 1), rates="0.20", shipping=500, charges=100))
    assert str(line.amounts.goods_only().gross) == "10.00 EUR"
    assert str(line.amounts.gross) == "16.00 EUR"


def test_discounts_that_do_not_fit_and_missing_rates_are_refused() -> None:
    with pytest.raises(InputError, match="does not fit goods worth"):
        agreed_lines(place(wanted("1", 1, discount=101)))
    with pytest.raises(InputError, match="do not fit goods worth"):
        agreed_lines(place(wanted("1", 1), discount=1, percent="100"))
    with pytest.raises(InputError, match="not between 0 and 100"):
        agreed_lines(place(wanted("1", 1), percent="101"))
    with pytest.raises(InputError, match="2 lines but 1 tax rates"):
        agreed_lines(place(wanted("1", 1), wanted("1", 1), rates=["0"]))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"shipping": Money(100, "USD")}, "order ord_1 has shipping in USD, the order is in EUR"),
        ({"shipping": Money(0, "USD")}, "order ord_1 has shipping in USD"),
        ({"charges": Money(100, "USD")}, "order ord_1 has charges in USD"),
        ({"discount": Money(100, "USD")}, "order ord_1 has a discount in USD"),
        ({"lines": (wanted("1.00", 1), wanted("1.00", 1, "USD"))}, "order ord_1 line 2 is priced in USD"),
        (
            {"lines": (wanted("1.00", 1), changed(wanted("1.00", 1), discount=Money(1, "USD")))},
            "order ord_1 line 2 has a discount in USD",
        ),
    ],
)
def test_every_amount_of_an_order_is_in_its_currency_or_it_is_refused_by_name(change: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        decide(None, changed(place(wanted("1.00", 1), wanted("1.00", 1), rates="0.2"), **change))
