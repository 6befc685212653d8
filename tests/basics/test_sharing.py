"""Sharing: largest remainder, not a cent lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from omscore.errors import InputError
from omscore.money import Money, share
from tests.basics.draws import amounts

Sharing = Callable[[Money, Sequence[int]], tuple[Money, ...]]

weight_lists = (
    st.lists(st.one_of(st.integers(0, 5), st.integers(0, 10**12)), min_size=1, max_size=12).filter(any).map(tuple)
)


@given(amounts, weight_lists)
@example(Money(9899, "JPY"), (1, 1, 1))
@example(Money(-1, "EUR"), (0, 1, 0, 1))
@example(Money(10**15 - 1, "EUR"), (10**12, 1))
def test_shares_sum_to_the_whole(total: Money, weights: tuple[int, ...]) -> None:
    assert Money.total(share(total, weights), total.currency) == total


@given(amounts, weight_lists)
@example(Money(1, "EUR"), (0, 1, 1))
@example(Money(-5, "JPY"), (0, 3, 0))
def test_a_zero_weight_gets_zero(total: Money, weights: tuple[int, ...]) -> None:
    shares = share(total, weights)
    assert len(shares) == len(weights)
    assert all(part.is_zero for part, weight in zip(shares, weights, strict=True) if weight == 0)


@given(amounts, weight_lists)
def test_no_share_is_a_whole_minor_unit_away_from_its_exact_value(total: Money, weights: tuple[int, ...]) -> None:
    for part, weight in zip(share(total, weights), weights, strict=True):
        assert abs(part.minor - Fraction(total.minor * weight, sum(weights))) < 1


@given(amounts, weight_lists)
def test_who_got_the_extra_minor_unit_was_cut_at_least_as_much_as_who_did_not(
    total: Money, weights: tuple[int, ...]
) -> None:
    whole = sum(weights)
    cut = [Fraction(abs(total.minor) * weight, whole) % 1 for weight in weights]
    got = [
        abs(part.minor) > abs(total.minor) * weight // whole
        for part, weight in zip(share(total, weights), weights, strict=True)
    ]
    ranks = sorted(range(len(weights)), key=lambda position: (-cut[position], position))
    assert [got[position] for position in ranks] == sorted(got, reverse=True)


@given(amounts, weight_lists)
def test_sharing_the_negated_total_negates_every_share(total: Money, weights: tuple[int, ...]) -> None:
    assert share(-total, weights) == tuple(-part for part in share(total, weights))


@given(amounts, weight_lists, st.integers(1, 1000))
def test_only_the_proportion_of_the_weights_counts(total: Money, weights: tuple[int, ...], scale: int) -> None:
    assert share(total, [weight * scale for weight in weights]) == share(total, weights)


def test_ties_go_to_the_earlier_position() -> None:
    assert [part.minor for part in share(Money(5, "EUR"), (1, 1, 1))] == [2, 2, 1]
    assert [part.minor for part in share(Money(-5, "EUR"), (1, 1, 1))] == [-2, -2, -1]


def breaks_the_whole(sharing: Sharing) -> bool:
    """Whether a way of sharing loses or invents cents on one of three small bills."""
    bills = [(Money(100, "EUR"), (1, 1, 1)), (Money(9899, "JPY"), (1, 1, 1, 1)), (Money(5, "KWD"), (1, 1))]
    return any(Money.total(sharing(total, weights), total.currency) != total for total, weights in bills)


def test_dividing_and_rounding_would_be_caught() -> None:
    def divided(total: Money, weights: Sequence[int]) -> tuple[Money, ...]:
        return tuple(Money(round(total.minor * weight / sum(weights)), total.currency) for weight in weights)

    assert breaks_the_whole(divided)
    assert not breaks_the_whole(share)


@pytest.mark.parametrize("weights", [(), (0,), (0, 0, 0)], ids=repr)
def test_weights_that_are_all_zero_are_refused(weights: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="zero"):
        share(Money(100, "EUR"), weights)


@pytest.mark.parametrize("weight", [-1, 1.0, True, "1", None, -(10**5000)], ids=type)
def test_a_weight_that_is_no_count_is_refused_with_its_position(weight: object) -> None:
    with pytest.raises(InputError, match="weight 1 ") as refusal:
        share(Money(100, "EUR"), (1, weight))  # type: ignore[arg-type]
    assert refusal.value.fields["position"] == 1
