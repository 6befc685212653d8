"""Protecting fast sellers: who could go on selling an article for the longest time gives it away first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

NEVER = Decimal("Infinity")
"""How long the units of a location last that sells none of them."""

Weeks: TypeAlias = list[list[Decimal]]
"""The weeks of supply of each SKU at each location."""


def weeks_of_supply(units: int, per_week: Decimal) -> Decimal:
    """How many weeks the units last at that pace; without end where none are sold.

    >>> weeks_of_supply(18, Decimal(9)), weeks_of_supply(14, Decimal(2)), weeks_of_supply(3, Decimal(0))
    (Decimal('2'), Decimal('7'), Decimal('Infinity'))
    """
    return units / per_week if per_week else NEVER


def lasting(
    skus: Sequence[str],
    places: Sequence[str],
    caps: Sequence[Sequence[int]],
    velocity: Mapping[tuple[str, str], Decimal],
) -> Weeks:
    """How long each location's units of each SKU last; `velocity` by SKU and location, in units a week."""
    none = Decimal(0)
    return [
        [weeks_of_supply(units, velocity.get((sku, place), none)) for place, units in zip(places, held, strict=True)]
        for sku, held in zip(skus, caps, strict=True)
    ]


def longest_first(weeks: Weeks, members: Sequence[Sequence[int]], order: Sequence[int]) -> list[list[int]]:
    """For each group of SKUs the locations, those first where the shortest of them lasts longest.

    Shape: `order` has all locations; those that last equally long stay in it.
    """
    return [sorted(order, key=[-min(each) for each in _by_place(weeks, group)].__getitem__) for group in members]


def _by_place(weeks: Weeks, group: Sequence[int]) -> list[tuple[Decimal, ...]]:
    return list(zip(*[weeks[i] for i in group], strict=True))
