"""Amounts of money: exact sums, one currency at a time, parts that sum to the whole."""

from __future__ import annotations

import copy
import decimal
import operator
import pickle
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from omscore.errors import InputError
from omscore.money import MAX_MINOR, Money, currency_exponent
from tests.basics.draws import amounts, currencies, euros, every_currency, minors, small_minors


@given(euros, euros, euros)
def test_sums_are_exact_and_order_does_not_matter(a: Money, b: Money, c: Money) -> None:
    assert (a + b) + c == a + (b + c) == (c + a) + b
    assert (a + b).minor == a.minor + b.minor
    assert (a + b) - b == a
    assert a - b == -(b - a)
    assert a + Money.zero("EUR") == a


@given(st.lists(euros, max_size=20))
def test_a_total_is_the_sum_of_its_parts_and_zero_without_parts(parts: list[Money]) -> None:
    running = Money.zero("EUR")
    for part in parts:
        running = running + part
    assert Money.total(parts, "EUR") == running
    assert Money.total(iter(parts), "EUR") == running


@given(euros, st.integers(-100, 100))
def test_a_multiple_is_repeated_addition(money: Money, count: int) -> None:
    repeated = Money.total([money if count > 0 else -money] * abs(count), "EUR")
    assert money * count == count * money == repeated


@given(amounts)
def test_the_printed_amount_reads_back_as_the_same_money(money: Money) -> None:
    number, currency = str(money).split(" ")
    assert Money.of(number, currency) == money
    assert Money.of(money.amount, currency) == money
    assert len(number.partition(".")[2]) == currency_exponent(currency)


@given(amounts)
def test_a_sum_is_as_frozen_comparable_and_copyable_as_what_the_constructor_makes(money: Money) -> None:
    summed = money + Money.zero(money.currency)
    assert type(summed) is Money
    assert summed == money
    assert hash(summed) == hash(money)
    assert repr(summed) == repr(money) == f"Money(minor={money.minor}, currency={money.currency!r})"
    assert pickle.loads(pickle.dumps(summed)) == money  # noqa: S301  our own bytes
    assert copy.deepcopy(summed) == money
    assert attrs.evolve(summed, minor=5) == Money(5, money.currency)
    for made in (summed, money, money - money):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            made.minor = 1  # type: ignore[misc]
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            del made.currency
        with pytest.raises(AttributeError):
            made.note = "x"  # type: ignore[attr-defined]


@given(amounts)
def test_the_amount_does_not_depend_on_the_decimal_context(money: Money) -> None:
    with decimal.localcontext() as context:
        context.prec = 2
        shown = str(money)
        exact = money.amount
    assert shown == str(money)
    assert exact == Decimal(money.minor) / 10 ** currency_exponent(money.currency)


@given(euros, euros)
def test_amounts_of_one_currency_compare_by_size(a: Money, b: Money) -> None:
    assert (a < b) == (a.minor < b.minor) == (b > a)
    assert (a <= b) == (a.minor <= b.minor) == (b >= a)
    assert (a == b) == (a.minor == b.minor)


@pytest.mark.parametrize(
    "mix", [operator.add, operator.sub, operator.lt, operator.le, operator.gt, operator.ge], ids=lambda op: op.__name__
)
def test_mixing_currencies_is_refused_and_both_are_named(mix: Callable[[Money, Money], object]) -> None:
    with pytest.raises(InputError, match=r"EUR.*JPY") as refusal:
        mix(Money(1, "EUR"), Money(1, "JPY"))
    assert refusal.value.code == "money.mixed_currencies"
    assert refusal.value.fields["currencies"] == ("EUR", "JPY")


def test_a_total_names_the_part_in_another_currency() -> None:
    with pytest.raises(InputError, match=r"EUR.*USD"):
        Money.total([Money(1, "EUR"), Money(1, "USD")], "EUR")


def test_the_same_number_in_another_currency_is_other_money() -> None:
    assert Money(1, "EUR") != Money(1, "USD")
    assert Money(0, "EUR") != Money(0, "USD")


def test_comparing_or_adding_something_that_is_not_money_is_refused() -> None:
    with pytest.raises(InputError, match="not with int"):
        assert Money(1, "EUR") < 2  # type: ignore[operator]
    with pytest.raises(TypeError):
        Money(1, "EUR") + 1  # type: ignore[operator]
    with pytest.raises(TypeError):
        Money(1, "EUR") - Decimal(1)  # type: ignore[operator]


@pytest.mark.parametrize(
    "minor",
    [1.0, True, None, "1", Decimal(1), float("nan"), 10**15, -(10**15), 10**30, 10**5000, -(10**5000)],
    ids=type,
)
def test_what_is_not_a_count_of_minor_units_is_refused(minor: object) -> None:
    with pytest.raises(InputError):
        Money(minor, "EUR")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "currency", ["eur", "EU", "EURO", "", "XXX", "XAU", "\uff25\uff35\uff32", None, 978, ["EUR"], b"EUR"]
)
def test_what_is_not_a_currency_with_minor_units_is_refused(currency: object) -> None:
    with pytest.raises(InputError, match="currency"):
        Money(1, currency)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="currency"):
        Money.of("1", currency)  # type: ignore[arg-type]


def test_no_sum_or_product_reaches_the_bound() -> None:
    most = Money(MAX_MINOR - 1, "EUR")
    assert (most - Money(1, "EUR")) + Money(1, "EUR") == most
    least = -most
    assert -least == abs(least) == most
    sums: tuple[Callable[[], Money], ...] = (
        lambda: most + Money(1, "EUR"),
        lambda: least - Money(1, "EUR"),
        lambda: most * 2,
        lambda: most * 10**5000,
        lambda: Money.total([most, most], "EUR"),
    )
    for beyond in sums:
        with pytest.raises(InputError, match="minor units"):
            beyond()


@pytest.mark.parametrize("factor", [1.5, True, Decimal("1.5"), "2", None])
def test_multiplying_by_anything_but_a_whole_number_points_to_times(factor: object) -> None:
    with pytest.raises(InputError, match="times"):
        Money(100, "EUR") * factor  # type: ignore[operator]


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("12.34", "EUR", 1234),
        ("12.3", "EUR", 1230),
        ("12", "EUR", 1200),
        ("-0.05", "EUR", -5),
        ("-0", "EUR", 0),
        ("007", "EUR", 700),
        (12, "EUR", 1200),
        (-12, "JPY", -12),
        ("9899", "JPY", 9899),
        (9899, "JPY", 9899),
        ("1.234", "KWD", 1234),
        ("1.2345", "CLF", 12345),
        (Decimal("12.340"), "EUR", 1234),
        (Decimal("1E+3"), "JPY", 1000),
        (Decimal("-0.00"), "EUR", 0),
    ],
)
def test_whole_currency_units_become_minor_units_exactly(
    amount: str | int | Decimal, currency: str, minor: int
) -> None:
    assert Money.of(amount, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("amount", "currency", "says"),
    [
        ("12.345", "EUR", "2 decimals"),
        ("1.000", "EUR", "2 decimals"),
        (Decimal("12.345"), "EUR", "2 decimals"),
        ("1.0", "JPY", "no decimals"),
        (Decimal("0.5"), "JPY", "no decimals"),
        ("1.2345", "KWD", "3 decimals"),
    ],
)
def test_an_amount_finer_than_the_minor_unit_is_refused_with_the_decimals_named(
    amount: str | Decimal, currency: str, says: str
) -> None:
    with pytest.raises(InputError, match=says) as refusal:
        Money.of(amount, currency)
    assert refusal.value.code == "money.too_fine"


@pytest.mark.parametrize(
    "amount",
    [
        12.34,
        float("nan"),
        True,
        None,
        b"1",
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("Infinity"),
        Decimal("-Infinity"),
        Decimal("1E+16"),
        Decimal("1E+999999"),
        Decimal("1E-999999"),
        Decimal("0E+999999"),
        Decimal("1" + "0" * 5000),
        10**5000,
        "",
        " 1",
        "1 ",
        "1\n",
        "+1",
        "--1",
        ".5",
        "5.",
        "1e3",
        "1_0",
        "1,5",
        "\uff11\uff12",
        "\u0663",
        "NaN",
        "Infinity",
        "0x10",
        "1\x00",
        "1" * 41,
        "0" * 10_000,
        "1000000000000000",
    ],
    ids=lambda amount: f"{type(amount).__name__}-{ascii(str(amount)[:20]) if type(amount) is not int else 'huge'}",
)
def test_what_is_not_a_plain_number_never_becomes_money(amount: object) -> None:
    with pytest.raises(InputError):
        Money.of(amount, "EUR")  # type: ignore[arg-type]


almost_amounts = st.from_regex(r"-?[0-9]{1,18}(\.[0-9]{0,5})?", fullmatch=True)


@given(st.one_of(st.text(max_size=50), almost_amounts), every_currency)
def test_any_text_either_reads_as_money_or_is_refused(text: str, currency: str) -> None:
    try:
        money = Money.of(text, currency)
    except InputError:
        return
    assert money.amount == Decimal(text)


@given(st.decimals(), every_currency)
def test_any_decimal_is_either_taken_exactly_or_refused(number: Decimal, currency: str) -> None:
    try:
        money = Money.of(number, currency)
    except InputError:
        return
    assert money.amount == number


def runs_of_units(of: int) -> st.SearchStrategy[list[int]]:
    """Ways to take `of` units in steps; a step may take none."""
    return st.lists(st.integers(0, of), max_size=8).map(
        lambda cuts: [after - before for before, after in zip([0, *sorted(cuts)], [*sorted(cuts), of], strict=True)]
    )


def taken_in_parts(money: Money, run: list[int], part: Callable[[Money, int, int, int], Money]) -> Money:
    """What the parts of a run of steps sum to."""
    of, done, parts = sum(run), 0, []
    for units in run:
        parts.append(part(money, done, units, of))
        done += units
    return Money.total(parts, money.currency)


unit_runs = st.integers(1, 40).flatmap(runs_of_units)


@given(amounts, unit_runs)
@example(Money(9899, "JPY"), [1] * 3)
@example(Money(9899, "JPY"), [1] * 7)
@example(Money(9899, "JPY"), [2, 0, 5, 1])
@example(Money(17925, "EUR"), [1] * 10)
@example(Money(17925, "EUR"), [3, 7])
def test_the_parts_of_all_units_sum_to_the_whole_in_whatever_steps_they_are_taken(money: Money, run: list[int]) -> None:
    assert taken_in_parts(money, run, Money.part) == money


def test_a_full_refund_of_9899_yen_gives_9899_yen_back_in_any_parts() -> None:
    paid = Money.of("9899", "JPY")
    assert paid.part(0, 1, 1) == paid
    for of in range(1, 40):
        assert Money.total([paid.part(done, 1, of) for done in range(of)], "JPY") == paid


def test_parts_that_round_each_unit_alone_would_be_caught() -> None:
    def each_alone(money: Money, _done: int, units: int, of: int) -> Money:
        return Money(round(Fraction(money.minor * units, of)), money.currency)

    assert taken_in_parts(Money(9899, "JPY"), [1] * 3, each_alone) == Money(9900, "JPY")


@pytest.mark.parametrize(
    ("minor", "of", "parts"),
    [(1, 2, [0, 1]), (3, 2, [2, 1]), (5, 2, [2, 3]), (-1, 2, [0, -1]), (-3, 2, [-2, -1]), (10, 4, [2, 3, 3, 2])],
)
def test_a_running_total_that_falls_on_a_half_goes_to_the_even_neighbour(minor: int, of: int, parts: list[int]) -> None:
    assert [Money(minor, "JPY").part(done, 1, of).minor for done in range(of)] == parts


@given(minors, currencies, st.integers(1, 50), st.data())
def test_a_part_is_the_difference_of_two_running_totals_rounded_half_to_even(
    minor: int, currency: str, of: int, data: st.DataObject
) -> None:
    done = data.draw(st.integers(0, of))
    units = data.draw(st.integers(0, of - done))
    expected = round(Fraction(minor * (done + units), of)) - round(Fraction(minor * done, of))
    assert Money(minor, currency).part(done, units, of) == Money(expected, currency)


@given(small_minors, st.integers(1, 50), st.data())
def test_a_part_never_changes_sign_and_the_parts_of_a_negative_amount_mirror_the_positive(
    minor: int, of: int, data: st.DataObject
) -> None:
    done = data.draw(st.integers(0, of - 1))
    part = Money(minor, "EUR").part(done, 1, of)
    assert part.minor * minor >= 0
    assert Money(-minor, "EUR").part(done, 1, of) == -part


@pytest.mark.parametrize(
    ("done", "units", "of"),
    [(0, 4, 3), (3, 1, 3), (0, 1, 0), (0, 0, 0), (0, 1, -1), (-1, 1, 3), (1, -1, 3), (0, 10**5000, 3)],
    ids=["more than all", "after all", "of none", "none of none", "of -1", "after -1", "minus one", "a huge number"],
)
def test_a_part_beyond_the_whole_is_refused(done: int, units: int, of: int) -> None:
    with pytest.raises(InputError) as refusal:
        Money(100, "EUR").part(done, units, of)
    assert refusal.value.code == "money.part"


@pytest.mark.parametrize("units", [1.0, True, "1", Decimal(1), None])
def test_a_part_of_anything_but_whole_units_is_refused(units: object) -> None:
    with pytest.raises(InputError, match="whole numbers"):
        Money(100, "EUR").part(0, units, 3)  # type: ignore[arg-type]
