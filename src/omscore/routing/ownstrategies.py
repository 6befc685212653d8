"""Strategies of plugins: each ranks the locations, article by article, and the engine takes from them in that order.

What a plugin answers is an order and no plan, so no strategy can take what is not there or what a rule keeps back.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import ClassVar, TypeAlias

from omscore.errors import InputError
from omscore.records import frozen
from omscore.routing.candidates import Candidate
from omscore.routing.scores import Offer

Rank: TypeAlias = Fraction | None
Ranks: TypeAlias = list[list[Rank]]
"""The rank of each location for each SKU; None where it holds none, or may not give any."""


@frozen(kw_only=True)
class OwnStrategy(ABC):
    """What a strategy of a plugin extends: a frozen record of its settings with a name of its own.

    Holds: it is asked for one location and article at a time, in any order, and must say the same each time.
    """

    strategy: ClassVar[str]

    @abstractmethod
    def rank(self, candidate: Candidate, offer: Offer) -> int | Decimal | Fraction | None:
        """The place of the location in the order for that article, the smallest first; None: nothing from here.

        Shape: `offer` is all the location holds of the article; its `pool` is the first that is drawn on.
        """


def ranks_of(
    own: OwnStrategy, candidates: Sequence[Candidate], offers: Sequence[Sequence[Sequence[tuple[int, Offer]]]]
) -> Ranks:
    """What the strategy says of all locations, by SKU.

    Shape: `offers` by SKU and location, pool by pool.
    Raises: InputError for an answer that is no exact number.
    """
    return [
        [
            _checked(own, candidate, own.rank(candidate, of_place[0][1])) if of_place else None
            for candidate, of_place in zip(candidates, of_sku, strict=True)
        ]
        for of_sku in offers
    ]


def first_ranked(ranks: Ranks, members: Sequence[Sequence[int]], order: Sequence[int]) -> list[list[int]]:
    """For each group of SKUs the locations that may give all of them, by the rank that is worst for them.

    Shape: `order` has all locations; those of one rank stay in it.
    """
    found: list[list[int]] = []
    for group in members:
        worst: dict[int, Fraction] = {}
        for place in order:
            theirs = [rank for i in group if (rank := ranks[i][place]) is not None]
            if len(theirs) == len(group):
                worst[place] = max(theirs)
        found.append(sorted(worst, key=worst.__getitem__))
    return found


def _checked(own: OwnStrategy, candidate: Candidate, rank: object) -> Rank:
    if rank is None:
        return None
    if isinstance(rank, int | Fraction) and type(rank) is not bool:
        return Fraction(rank)
    if isinstance(rank, Decimal) and rank.is_finite():
        return Fraction(rank)
    raise InputError(
        f"strategy {own.strategy} ranks location {candidate.location.location_id} as {rank!r}; answer a whole number, "
        "a finite Decimal, a Fraction or None",
        code="routing.strategy",
    )
