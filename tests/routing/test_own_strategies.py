"""A strategy of a plugin orders the locations; what it cannot do is sell what is not there."""

from __future__ import annotations

from fractions import Fraction
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omscore.errors import InputError
from omscore.records import changed, frozen
from omscore.routing import Candidate, Offer, OwnStrategy, Profile, SafetyStock, route
from tests.routing.shops import ask, location, network, on_shelf

PLACES = ("A", "B", "C", "D")
SHOP = network(*map(location, PLACES))
ARTICLES = ("CUP", "TEA")


@frozen(kw_only=True)
class Listed(OwnStrategy):
    """By a list of ranks for each article and location."""

    strategy: ClassVar[str] = "listed"

    ranks: tuple[tuple[str, str, int | None], ...]

    def rank(self, candidate: Candidate, offer: Offer) -> Fraction | None:
        known = {(sku, place): rank for sku, place, rank in self.ranks}
        rank = known[offer.sku, candidate.location.location_id]
        return None if rank is None else Fraction(rank, 3)


def profile(own: OwnStrategy) -> Profile:
    return Profile(name="own", strategy="own", own=own, filters=(SafetyStock(units=2),))


CELLS = [(sku, place) for sku in ARTICLES for place in PLACES]


@given(
    held=st.lists(st.integers(0, 9), min_size=len(CELLS), max_size=len(CELLS)),
    ranks=st.lists(st.none() | st.integers(-3, 3), min_size=len(CELLS), max_size=len(CELLS)),
    units=st.tuples(st.integers(1, 20), st.integers(1, 20)),
)
def test_units_come_from_the_first_ranked_that_has_some_and_never_from_what_is_kept_back(
    held: list[int], ranks: list[int | None], units: tuple[int, int]
) -> None:
    there, ranked = dict(zip(CELLS, held, strict=True)), dict(zip(CELLS, ranks, strict=True))
    own = Listed(ranks=tuple((*cell, rank) for cell, rank in ranked.items()))
    stock = on_shelf(**{sku: {place: there[sku, place] for place in PLACES} for sku in ARTICLES})
    request = ask(*((k, sku, wanted, 100) for k, (sku, wanted) in enumerate(zip(ARTICLES, units, strict=True), 1)))
    found = route(changed(request, profile=profile(own)), SHOP, stock)
    expected: dict[tuple[int, str], int] = {}
    for line, (sku, wanted) in enumerate(zip(ARTICLES, units, strict=True), 1):
        usable = [(rank, place) for place in PLACES if (rank := ranked[sku, place]) is not None]
        for _, place in sorted(usable):
            taken = min(wanted, max(0, there[sku, place] - 2))
            wanted -= taken
            if taken:
                expected[line, place] = taken
    assert {(part.line_id, part.location_id): part.units for part in found.assignments} == expected
    assert found.left_units == sum(units) - sum(expected.values())


def test_lines_that_ship_together_go_by_the_article_it_ranks_worse() -> None:
    ranks = (("CUP", "A", 0), ("TEA", "A", 9), ("CUP", "B", 5), ("TEA", "B", 5), ("CUP", "C", 1), ("TEA", "C", None))
    rest = tuple((sku, "D", None) for sku in ARTICLES)
    request = changed(ask((1, "TEA", 1, 100), (2, "CUP", 1, 100)), profile=profile(Listed(ranks=ranks + rest)))
    request = changed(request, demands=tuple(changed(each, together="set") for each in request.demands))
    found = route(request, SHOP, on_shelf(**{sku: dict.fromkeys(PLACES, 9) for sku in ARTICLES}))
    assert {part.location_id for part in found.assignments} == {"B"}


def test_a_rank_that_is_no_exact_number_is_refused_by_name() -> None:
    @frozen(kw_only=True)
    class Floating(OwnStrategy):
        strategy: ClassVar[str] = "floating"

        def rank(self, candidate: Candidate, offer: Offer) -> int:
            return 0.5  # type: ignore[return-value]

    request = changed(ask((1, "TEA", 1, 100)), profile=profile(Floating()))
    with pytest.raises(InputError, match=r"strategy floating ranks location A as 0\.5"):
        route(request, SHOP, on_shelf(TEA={"A": 9}))
