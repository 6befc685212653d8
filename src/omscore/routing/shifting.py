"""Orders too long to be settled: a plan is bettered step by step, each the best of shifting one SKU elsewhere."""

from __future__ import annotations

from omscore.routing.mixes import MixedProblem
from omscore.routing.problem import Takes

MAX_TRIES = 60_000
"""How many shifts are tried for one order: some tenths of a second."""


def shifted(problem: MixedProblem, takes: Takes) -> Takes:
    """A plan that no shift of units of one SKU and no closing of one location betters, as far as the tries go.

    Holds: it serves what the given plan serves, tears no SKU that one location could give whole, and costs no more.
    """
    board = _Board(problem, takes)
    is_better = True
    while is_better and board.tries < MAX_TRIES:
        is_better = board.shift_each()
        is_better = board.close_each() or is_better
    return board.takes()


class _Board:
    """A plan that is being changed, with what each location ships."""

    def __init__(self, problem: MixedProblem, takes: Takes) -> None:
        self.problem = problem
        self.tries = 0
        self.given: list[dict[int, int]] = []
        self.load: dict[int, int] = {}
        self.grams: dict[int, int] = {}
        self.parts: dict[int, int] = {}
        self._lay(takes)

    def _lay(self, takes: Takes) -> None:
        """Begin from this plan."""
        self.given = [{} for _ in self.problem.need]
        self.load, self.grams, self.parts = {}, {}, {}
        for i, place, units in takes:
            self._add(i, place, units)

    def takes(self) -> Takes:
        """The plan as it stands."""
        return sorted([(i, place, units) for i, given in enumerate(self.given) for place, units in given.items()])

    def shift_each(self) -> bool:
        """Shift units of every SKU to where that helps most; whether anything was shifted."""
        was_shifted = False
        for i, given in enumerate(self.given):
            for place in sorted(given):
                best, target, count = 0, -1, 0
                for other in range(self.problem.places):
                    for units in self._portions(i, place, other):
                        gain = self._gain(i, place, other, units)
                        if gain > best:
                            best, target, count = gain, other, units
                if best:
                    self._move(i, place, target, count)
                    was_shifted = True
        return was_shifted

    def close_each(self) -> bool:
        """Empty every location whose goods are better sent from elsewhere; whether any was emptied."""
        was_closed = False
        for place in sorted(self.load):
            if place not in self.load or self.tries >= MAX_TRIES:
                continue
            before, cost = self.takes(), self.problem.cost(self.takes())
            if self._empty(place) and self.problem.cost(self.takes()) < cost:
                was_closed = True
            else:
                self._lay(before)
        return was_closed

    def _empty(self, place: int) -> bool:
        """Move all that the location ships to the best of the others; whether they can take it."""
        for i, given in enumerate(self.given):
            while place in given:
                found = [
                    (-self._gain(i, place, other, units), other, units)
                    for other in range(self.problem.places)
                    for units in self._portions(i, place, other)[:1]
                ]
                if not found:
                    return False
                _, other, units = min(found)
                self._move(i, place, other, units)
        return True

    def _portions(self, i: int, place: int, other: int) -> list[int]:
        """How many units may be shifted: all there is room for, or one alone."""
        given = self.given[i]
        if other == place:
            return []
        if mask := self.problem.holders[i]:
            return [given[place]] if mask >> other & 1 else []
        room = min(given[place], self.problem.caps[i][other] - given.get(other, 0))
        return [] if room < 1 else [room] if room == 1 else [room, 1]

    def _gain(self, i: int, place: int, other: int, units: int) -> int:
        """By how much the mix falls when these units are shifted."""
        self.tries += 1
        problem, given = self.problem, self.given[i]
        mass, grams = units * problem.unit_mass[i], units * problem.grams[i]
        here, there = given[place], given.get(other, 0)
        before = problem.parcel(place, self.load[place], self.grams[place]) + problem.counted(i, place, here)
        before += problem.counted(i, other, there) + (
            problem.parcel(other, self.load[other], self.grams[other]) if other in self.load else -problem.penalty
        )
        after = problem.parcel(other, self.load.get(other, 0) + mass, self.grams.get(other, 0) + grams)
        after += problem.counted(i, other, there + units) + problem.counted(i, place, here - units)
        is_emptied = units == here and self.parts[place] == 1
        after += (
            -problem.penalty
            if is_emptied
            else problem.parcel(place, self.load[place] - mass, self.grams[place] - grams)
        )
        return before - after

    def _move(self, i: int, place: int, other: int, units: int) -> None:
        self._add(i, other, units)
        given = self.given[i]
        given[place] -= units
        self.load[place] -= units * self.problem.unit_mass[i]
        self.grams[place] -= units * self.problem.grams[i]
        if not given[place]:
            del given[place]
            self.parts[place] -= 1
            if not self.parts[place]:
                del self.parts[place], self.load[place], self.grams[place]

    def _add(self, i: int, place: int, units: int) -> None:
        given = self.given[i]
        self.parts[place] = self.parts.get(place, 0) + (place not in given)
        given[place] = given.get(place, 0) + units
        self.load[place] = self.load.get(place, 0) + units * self.problem.unit_mass[i]
        self.grams[place] = self.grams.get(place, 0) + units * self.problem.grams[i]
