"""A routing question in which money and scores are weighed together, in millionths of the smallest coin.

Money is a matter of shipments, a score one of the units a location gives or of a shipment from it. So the question
keeps its shape: to the price of a shipment comes what its units count, which may be less than nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from omscore.routing.problem import Problem, Takes
from omscore.routing.scores import MILLIONTHS

Steps: TypeAlias = tuple[tuple[int, int], ...]
"""What the units of an article at a location count: so many of them so much each, in the order they are drawn."""

Charges: TypeAlias = list[list[Steps]]
"""The steps of each SKU at each location. Units: millionths of a minor unit."""


def counted_by(steps: Steps, units: int) -> int:
    """What the first so many units count.

    >>> counted_by(((2, 100), (3, -50)), 4)
    100
    """
    total = 0
    for there, each in steps:
        if units <= there:
            return total + units * each
        total += there * each
        units -= there
    return total


class MixedProblem(Problem):
    """The question with scores: `charges[i][l]` for units, and what a shipment counts within `const`.

    Units: all amounts are millionths of a minor unit.
    """

    __slots__ = ("charges",)

    charges: Charges

    @staticmethod
    def of(money: Problem, charges: Charges, per_shipment: Sequence[int]) -> MixedProblem:
        """The question in money with these scores."""
        other = _with_charges(money, charges)
        other.prices = [price * MILLIONTHS for price in money.prices]
        other.floors = [price * MILLIONTHS for price in money.floors]
        other.penalty = money.penalty * MILLIONTHS
        other.const = [fixed * MILLIONTHS + more for fixed, more in zip(money.const, per_shipment, strict=True)]
        return other

    def plain(self) -> Problem:
        """The question without what units count, and with nothing below zero for a shipment.

        Holds: a plan costs here at most `-rebates()` more than it does without what its units count.
        """
        other = Problem.__new__(Problem)
        for name in Problem.__slots__:
            setattr(other, name, getattr(self, name))
        other.const = [max(0, fixed) for fixed in self.const]
        return other

    def rebates(self) -> int:
        """What shipments could count below zero at most, all locations together."""
        return sum([min(0, fixed) for fixed in self.const])

    def limited(self, caps: list[list[int]]) -> tuple[MixedProblem, list[int]]:
        found, kept = super().limited(caps)
        narrow = _with_charges(found, [self.charges[i] for i in kept])
        return narrow, kept

    def within(self, mask: int) -> tuple[MixedProblem, list[int]]:
        return self.limited([[cap if mask >> place & 1 else 0 for place, cap in enumerate(held)] for held in self.caps])

    def grouped(
        self, asked: Problem, groups: Sequence[tuple[Sequence[int], bool]], wanted: Sequence[int]
    ) -> MixedProblem:
        """The question about groups of SKUs, each one unit of all that is wanted of its SKUs, with their scores."""
        charges = [
            [
                ((1, sum([counted_by(self.charges[i][place], wanted[i]) for i in members])),)
                if is_group
                else self.charges[members[0]][place]
                for place in range(self.places)
            ]
            for members, is_group in groups
        ]
        return _with_charges(asked, charges)

    def counted(self, i: int, place: int, units: int) -> int:
        """What so many units of a SKU from the location count."""
        return counted_by(self.charges[i][place], units)

    def cost(self, takes: Takes) -> int:
        return super().cost(takes) + sum([self.counted(i, place, units) for i, place, units in takes])

    def least(self, place: int) -> int:
        return super().least(place) + self._relief()

    def _relief(self) -> int:
        """What all units and shipments could count below zero at most."""
        return self.rebates() + sum(
            [
                units * min([0, *[each for steps in of_sku for _, each in steps]])
                for units, of_sku in zip(self.need, self.charges, strict=True)
            ]
        )

    def least_counted(self) -> int:
        """What the units of any plan that serves all of them count at least: each SKU from where it counts least."""
        total = 0
        for i, need in enumerate(self.need):
            if mask := self.holders[i]:
                total += min([self.counted(i, place, need) for place in range(self.places) if mask >> place & 1])
                continue
            left = need
            pieces = [
                (each, min(there, cap))
                for steps, cap in zip(self.charges[i], self.caps[i], strict=True)
                if cap
                for there, each in steps
            ]
            for each, there in sorted(pieces):
                taken = min(left, there)
                total += taken * each
                left -= taken
        return total


def _with_charges(problem: Problem, charges: Charges) -> MixedProblem:
    """A copy of the question in which units count so much."""
    other = MixedProblem.__new__(MixedProblem)
    for name in Problem.__slots__:
        setattr(other, name, getattr(problem, name))
    other.charges = charges
    return other
