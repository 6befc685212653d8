"""A routing question in which money and scores are weighed together, in millionths of the smallest coin.

Money is a matter of shipments, a score one of the units a location gives or of a shipment from it. So the question
keeps its shape: to the price of a shipment comes what its units count, which may be less than nothing. What depends on
all that is in a parcel, such as who carries it, comes on top of that and is never less than nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from omscore.routing.problem import Problem, Takes
from omscore.routing.scores import MILLIONTHS

Steps: TypeAlias = tuple[tuple[int, int], ...]
"""What the units of an article at a location count: so many of them so much each, in the order they are drawn."""

Charges: TypeAlias = list[list[Steps]]
"""The steps of each SKU at each location. Units: millionths of a minor unit."""


Beyond: TypeAlias = Callable[[int, int, int], int]
"""What a shipment counts beyond its units, by its location, its billed mass and its mass; never below zero."""


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

    Shape: `grams[i]` is what a unit weighs, which need not be what it is billed by; without `beyond` no shipment counts
    for all that is in it.
    Units: all amounts are millionths of a minor unit.
    """

    __slots__ = ("beyond", "charges", "grams")

    charges: Charges
    grams: Sequence[int]
    beyond: Beyond | None

    @staticmethod
    def of(
        money: Problem,
        charges: Charges,
        per_shipment: Sequence[int],
        grams: Sequence[int],
        beyond: Beyond | None = None,
    ) -> MixedProblem:
        """The question in money with these scores."""
        other = _mixed(money, charges, grams, beyond)
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
        narrow = _mixed(found, [self.charges[i] for i in kept], [self.grams[i] for i in kept], self.beyond)
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
        grams = [sum([self.grams[i] * (wanted[i] if is_group else 1) for i in members]) for members, is_group in groups]
        return _mixed(asked, charges, grams, self.beyond)

    def counted(self, i: int, place: int, units: int) -> int:
        """What so many units of a SKU from the location count."""
        return counted_by(self.charges[i][place], units)

    def parcel(self, place: int, billed_g: int, mass_g: int) -> int:
        """What one shipment counts from the location, what its units count aside."""
        more = 0 if self.beyond is None else self.beyond(place, billed_g, mass_g)
        return self.shipment(place, billed_g) + more

    def cost(self, takes: Takes) -> int:
        counted = sum([self.counted(i, place, units) for i, place, units in takes])
        if self.beyond is not None:
            loads: dict[int, tuple[int, int]] = {}
            for i, place, units in takes:
                billed_g, mass_g = loads.get(place, (0, 0))
                loads[place] = billed_g + units * self.unit_mass[i], mass_g + units * self.grams[i]
            counted += sum([self.beyond(place, *load) for place, load in loads.items()])
        return super().cost(takes) + counted

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


def _mixed(problem: Problem, charges: Charges, grams: Sequence[int], beyond: Beyond | None) -> MixedProblem:
    """A copy of the question in which units, and shipments beyond them, count so much."""
    other = MixedProblem.__new__(MixedProblem)
    for name in Problem.__slots__:
        setattr(other, name, getattr(problem, name))
    other.charges, other.grams, other.beyond = charges, grams, beyond
    return other
