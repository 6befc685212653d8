"""All plans of one order compared: what each comes to in several respects, and those that no other one beats.

Every location is asked in turn for every set of goods it could ship; of the plans that serve the same, those that
another one beats are dropped at once, which loses none that counts. Sets that keep an article whole are looked at
first. Where these cannot be all of the order, for want of room or by the cap on locations, articles may be torn or go
short, and of all plans those that serve the most and tear the fewest are compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from math import prod
from typing import NamedTuple

from omscore.calendars import local_date
from omscore.errors import InputError
from omscore.items import ItemFlag
from omscore.places import Location
from omscore.routing.carbon import co2e_of, says_co2e
from omscore.routing.eligibility import eligible_for
from omscore.routing.model import Demand
from omscore.routing.multisets import Sets
from omscore.routing.problem import Problem, Takes
from omscore.routing.rules import kept_back
from omscore.routing.scores import MILLIONTHS
from omscore.routing.supply import Supply, problem_of, supply_of
from omscore.routing.weighing import Weighing
from omscore.routing.whatif import Question

MAX_WORK = 20_000
"""For how many pairs of a set and a set within it, over all locations, the front is looked for."""


class Label(NamedTuple):
    """What a part of a plan comes to, and the sets that locations ship in it.

    Shape: in every respect less is better; `entire` counts below zero the articles that one location ships whole.
    Units: `score` in millionths of a minor unit.
    """

    cost: int
    days: int
    shipments: int
    co2e_mg: int
    score: int
    entire: int
    ships: tuple[tuple[int, int], ...]

    def beats(self, other: Label) -> bool:
        """Whether it is at least as good in everything; of equal ones the first stands."""
        return all([mine <= theirs for mine, theirs in zip(self[:6], other[:6], strict=True)])


class Compared:
    """One order, its sets of goods, and what a shipment of each from each location comes to.

    Raises: InputError for an order with kits.
    """

    def __init__(self, question: Question) -> None:
        self._request, self._network = question.request, question.network
        request, profile = question.request, question.request.profile
        if kits := sorted({line.kit for line in request.demands if line.kit}):
            raise InputError(
                f"order {request.order_id!r} has kits that ship whole ({', '.join(kits)}), and a front is told of "
                "single articles; leave their lines out, or ask for the decision alone",
                code="routing.front",
                order_id=request.order_id,
            )
        self._lines: dict[str, list[Demand]] = {}
        for line in sorted(request.demands, key=lambda demand: demand.line_id):
            self._lines.setdefault(line.sku, []).append(line)
        eligible, _ = eligible_for(request, question.network, profile.filters)
        keep = request.threshold_units + kept_back(profile.filters)
        self._supply: Supply = supply_of(request, self._lines, eligible, question.stock, keep)
        money = problem_of(self._supply, self._lines, request, question.network, split_lines=profile.split_lines)
        self._money = self._mixed = money
        if profile.scores:
            weighing = Weighing(
                profile.scores, request, self._supply, self._lines, question.network, question.stock, keep
            )
            self._mixed = weighing.mixed(money)
        self._room = money.room
        room = self._room or [sum(money.need)] * money.places
        self._problem, self._kept = money.limited(
            [[min(cap, room[place]) for place, cap in enumerate(held)] for held in money.caps]
        )
        self._most = profile.most_locations(request.value)
        self.has_co2e = all([says_co2e(self._network, place, request.destination) for place in self._supply.places])

    def labels(self) -> list[Label]:
        """The plans that no other one beats, the least costly first.

        Raises: InputError when too many plans would have to be compared.
        """
        self._sets = self._sets_of(self._problem)
        full = self._sets.size - 1
        if not full:
            return []
        if whole := self._reached()[full]:
            return whole
        loose = copy(self._problem)
        loose.holders = [0] * len(loose.need)
        self._sets = self._sets_of(loose)
        return self._fullest(self._reached())

    def takes(self, label: Label) -> list[tuple[str, str, int]]:
        """The plan as (location, SKU, units), in order."""
        skus, places = self._supply.skus, self._supply.places
        parts = self._sets.takes(label.ships)
        return sorted([(places[place].location_id, skus[self._kept[i]], units) for i, place, units in parts])

    def _sets_of(self, problem: Problem) -> Sets:
        pieces = [1 if holders else need for holders, need in zip(problem.holders, problem.need, strict=True)]
        work = prod([(n + 1) * (n + 2) // 2 for n in pieces]) * max(1, problem.places)
        if work > MAX_WORK:
            raise InputError(
                f"the front of order {self._request.order_id!r} would take {work} steps, {MAX_WORK} are allowed; ask "
                "for fewer articles, or bound the locations by filters",
                code="routing.front",
                order_id=self._request.order_id,
            )
        return Sets(problem)

    def _reached(self) -> list[list[Label]]:
        """For every set of goods the plans for it that none beats."""
        sets = self._sets
        reach: list[list[Label]] = [[] for _ in range(sets.size)]
        reach[0] = [Label(0, 0, 0, 0, 0, 0, ())]
        for place in range(self._problem.places):
            after = [list(labels) for labels in reach]
            for t in sets.within[sets.held[place]]:
                parts = sets.takes([(place, t)])
                if t and self._has_room(place, parts):
                    shipped = self._shipment(place, t, parts)
                    for s in sets.within[sets.size - 1 - t]:
                        if not self._tears(s, parts):
                            after[s + t] += [self._joined(label, shipped) for label in reach[s]]
            reach = [_unbeaten(labels, self._most) for labels in after]
        return reach

    def _has_room(self, place: int, parts: Takes) -> bool:
        return not self._room or sum([units for _, _, units in parts]) <= self._room[place]

    def _tears(self, s: int, parts: Takes) -> bool:
        """Whether these parts join others of an article that must come from one location."""
        if not self._problem.whole:
            return False
        digits = zip(self._sets.pieces, self._sets.strides, strict=True)
        begun = [s // stride % (count + 1) > 0 for count, stride in digits]
        return any([begun[i] for i, _, _ in parts])

    def _fullest(self, reach: Sequence[list[Label]]) -> list[Label]:
        """Of all plans those that serve the most, tear the fewest, and are not beaten."""
        best, found = (-1, 0), list[Label]()
        for labels in reach:
            for label in labels:
                served = sum([units for _, _, units in self._sets.takes(label.ships)])
                worth = served, -label.entire
                if served and worth >= best:
                    found = [*found, label] if worth == best else [label]
                    best = worth
        return _unbeaten(found, self._most)

    def _joined(self, one: Label, other: Label) -> Label:
        penalty = self._problem.penalty if one.shipments else 0
        return Label(
            one.cost + other.cost + penalty,
            max(one.days, other.days),
            one.shipments + other.shipments,
            one.co2e_mg + other.co2e_mg,
            one.score + other.score,
            one.entire + other.entire,
            one.ships + other.ships,
        )

    def _shipment(self, place: int, s: int, parts: Takes) -> Label:
        """What one shipment of the set comes to, by the service that asks the least for just these goods."""
        location = self._supply.places[place]
        given = [(self._kept[i], place, units) for i, place, units in parts]
        lines = [(self._lines[self._supply.skus[i]][0], units) for i, _, units in given]
        billed_g = sum([units * self._money.unit_mass[i] for i, _, units in given])
        flags = frozenset([flag for line, _ in lines for flag in line.flags])
        quote = self._network.quotes(location, self._request.destination, billed_g, flags)[0]
        score = 0 if self._mixed is self._money else self._mixed.cost(given) - MILLIONTHS * self._money.cost(given)
        whole = [i for i, _, units in parts if self._problem.holders[i] and units == self._problem.need[i]]
        return Label(
            quote.price.minor + self._network.fixed_minor(location, self._request.destination),
            self._days(location, billed_g, flags),
            1,
            self._co2e_mg(location, billed_g, flags, sum([units * line.mass_g for line, units in lines])),
            score,
            -len(whole),
            ((place, s),),
        )

    def _days(self, location: Location, billed_g: int, flags: frozenset[ItemFlag]) -> int:
        request, timetable = self._request, self._network.timetable
        carried = self._network.cheapest(location, request.destination, billed_g, flags)
        if request.at is None or carried is None:
            return 0
        day = timetable.arrives_on(location, timetable.leaves_on(location, request.at), carried.transit_days)
        return (day - local_date(request.at, location.calendar.timezone)).days

    def _co2e_mg(self, location: Location, billed_g: int, flags: frozenset[ItemFlag], mass_g: int) -> int:
        """Rounded half even, once per shipment."""
        if not self.has_co2e:
            return 0
        co2e_g = co2e_of(self._network, location, self._request.destination, billed_g, mass_g, flags) or 0
        return round(1_000 * co2e_g)


def _unbeaten(labels: Iterable[Label], most: int) -> list[Label]:
    """Those that no other one beats, in order; no more shipments than `most`, 0 is no cap."""
    kept: list[Label] = []
    for label in sorted(labels):
        if (not most or label.shipments <= most) and not any([other.beats(label) for other in kept]):
            kept.append(label)
    return kept
