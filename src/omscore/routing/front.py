"""The plans of one order among which there is something to choose: no other is as good in money, days, shipments and
CO2e, and better in one of them.

Every location is asked in turn for every set of goods it could ship; of the plans that serve the same, those that
another one beats are dropped at once, which loses none that counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from math import prod
from typing import NamedTuple

from omscore.calendars import local_date
from omscore.errors import InputError
from omscore.items import ItemFlag
from omscore.money import Money
from omscore.places import Location
from omscore.records import frozen
from omscore.routing.carbon import co2e_of, says_co2e
from omscore.routing.eligibility import eligible_for
from omscore.routing.model import Demand
from omscore.routing.multisets import Sets
from omscore.routing.problem import Takes
from omscore.routing.rules import kept_back
from omscore.routing.supply import Supply, problem_of, supply_of
from omscore.routing.whatif import Question

MAX_WORK = 20_000
"""For how many pairs of a set and a set within it, over all locations, the front is looked for."""


@frozen(kw_only=True)
class FrontPlan:
    """One plan of a front.

    Shape: `takes` are (location, SKU, units), in order; `days` until the last shipment arrives, None when nobody knows
    the moment; `co2e_mg` None when neither a location nor the services there say what is emitted, or the distance is
    not known.
    Units: calendar days from the day of routing, milligrams of CO2e.
    """

    takes: tuple[tuple[str, str, int], ...]
    cost: Money
    days: int | None
    shipments: int
    co2e_mg: int | None


@frozen(kw_only=True)
class Front:
    """The plans of a front, the least costly first. Its text and its notebook form are tables."""

    plans: tuple[FrontPlan, ...]

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """The table with its heading; a column that nobody could fill is left out."""
        has_days = any([plan.days is not None for plan in self.plans])
        has_co2e = any([plan.co2e_mg is not None for plan in self.plans])
        rows = [("Cost", *["Days"] * has_days, "Shipments", *["g CO2e"] * has_co2e, "Plan")]
        for plan in self.plans:
            days = [str(plan.days)] * has_days
            co2e = ["" if plan.co2e_mg is None else f"{plan.co2e_mg // 1_000}.{plan.co2e_mg % 1_000:03}"] * has_co2e
            told = ", ".join([f"{units} x {sku} from {place}" for place, sku, units in plan.takes])
            rows.append((str(plan.cost), *days, str(plan.shipments), *co2e, told))
        return tuple(rows)

    def __str__(self) -> str:
        widths = [max(map(len, column)) for column in zip(*self.rows, strict=True)]
        lines = [
            "  ".join([cell.ljust(width) for cell, width in zip(row, widths, strict=True)]).rstrip()
            for row in self.rows
        ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """How a notebook shows the front."""
        first, *rest = self.rows
        heading = "".join([f"<th>{escape(cell)}</th>" for cell in first])
        rows = "".join([f"<tr>{''.join([f'<td>{escape(cell)}</td>' for cell in row])}</tr>" for row in rest])
        return f"<table><tr>{heading}</tr>{rows}</table>"


class _Label(NamedTuple):
    """What a part of a plan comes to, and the sets that locations ship in it."""

    cost: int
    days: int
    shipments: int
    co2e_mg: int
    ships: tuple[tuple[int, int], ...]

    def beats(self, other: _Label) -> bool:
        """Whether it is at least as good in everything; of equal ones the first stands."""
        return all([mine <= theirs for mine, theirs in zip(self[:4], other[:4], strict=True)])


def routing_front(question: Question) -> Front:
    """The plans of an order that no other plan beats in money, days, shipments and CO2e together.

    Shape: every plan serves as many units as the stock of the locations allows that the filters of the profile leave,
    tears no article that one location could give whole, and keeps to the cap on locations; of plans that are equal in
    all of this, one is told. Empty when nothing can be sent. Scores, rooms of a day and lines that belong together are
    not looked at.
    Raises: InputError for an order of which too many plans would have to be compared.
    """
    front = _Asked(question)
    return Front(plans=tuple([front.told(label) for label in front.labels()]))


class _Asked:
    """One order, its sets of goods, and what a shipment of each from each location comes to."""

    def __init__(self, question: Question) -> None:
        self._request, self._network = question.request, question.network
        request, profile = question.request, question.request.profile
        self._lines: dict[str, list[Demand]] = {}
        for line in sorted(request.demands, key=lambda demand: demand.line_id):
            self._lines.setdefault(line.sku, []).append(line)
        eligible, _ = eligible_for(request, question.network, profile.filters)
        keep = request.threshold_units + kept_back(profile.filters)
        self._supply: Supply = supply_of(request, self._lines, eligible, question.stock, keep)
        problem = problem_of(self._supply, self._lines, request, question.network, split_lines=profile.split_lines)
        self._problem, self._most = problem, profile.most_locations(request.value)
        pieces = [1 if holders else need for holders, need in zip(problem.holders, problem.need, strict=True)]
        work = prod([(n + 1) * (n + 2) // 2 for n in pieces]) * max(1, problem.places)
        if work > MAX_WORK:
            raise InputError(
                f"the front of order {request.order_id!r} would take {work} steps, {MAX_WORK} are allowed; ask for "
                "fewer articles, or bound the locations by filters",
                code="routing.front",
                order_id=request.order_id,
            )
        self._sets = Sets(problem)
        self._has_co2e = all([says_co2e(self._network, place, request.destination) for place in self._supply.places])

    def labels(self) -> list[_Label]:
        """The front, the least costly first."""
        sets, places = self._sets, self._supply.places
        reach: list[list[_Label]] = [[] for _ in range(sets.size)]
        reach[0] = [_Label(0, 0, 0, 0, ())]
        for place in range(len(places)):
            after = [list(labels) for labels in reach]
            for t in sets.within[sets.held[place]]:
                if t:
                    shipped = self._shipment(place, t)
                    for s in sets.within[sets.size - 1 - t]:
                        after[s + t] += [self._joined(label, shipped) for label in reach[s]]
            reach = [_unbeaten(labels, self._most) for labels in after]
        full = reach[sets.size - 1]
        return full if sets.size > 1 else []

    def _joined(self, one: _Label, other: _Label) -> _Label:
        penalty = self._problem.penalty if one.shipments else 0
        return _Label(
            one.cost + other.cost + penalty,
            max(one.days, other.days),
            one.shipments + other.shipments,
            one.co2e_mg + other.co2e_mg,
            one.ships + other.ships,
        )

    def _shipment(self, place: int, s: int) -> _Label:
        """What one shipment of the set comes to, by the service that asks the least for just these goods."""
        location, parts = self._supply.places[place], self._sets.takes([(place, s)])
        billed_g = sum([units * self._problem.unit_mass[i] for i, _, units in parts])
        flags = frozenset([flag for i, _, _ in parts for flag in self._lines[self._supply.skus[i]][0].flags])
        quote = self._network.quotes(location, self._request.destination, billed_g, flags)[0]
        fixed = self._network.fixed_minor(location, self._request.destination)
        days = self._days(location, billed_g, flags)
        return _Label(
            quote.price.minor + fixed, days, 1, self._co2e_mg(location, billed_g, flags, parts), ((place, s),)
        )

    def _days(self, location: Location, billed_g: int, flags: frozenset[ItemFlag]) -> int:
        request, timetable = self._request, self._network.timetable
        carried = self._network.cheapest(location, request.destination, billed_g, flags)
        if request.at is None or carried is None:
            return 0
        day = timetable.arrives_on(location, timetable.leaves_on(location, request.at), carried.transit_days)
        return (day - local_date(request.at, location.calendar.timezone)).days

    def _co2e_mg(self, location: Location, billed_g: int, flags: frozenset[ItemFlag], parts: Takes) -> int:
        """Rounded half even, once per shipment."""
        if not self._has_co2e:
            return 0
        mass_g = sum([units * self._lines[self._supply.skus[i]][0].mass_g for i, _, units in parts])
        return round(
            1_000 * (co2e_of(self._network, location, self._request.destination, billed_g, mass_g, flags) or 0)
        )

    def told(self, label: _Label) -> FrontPlan:
        """The label as a plan."""
        skus, places = self._supply.skus, self._supply.places
        takes = [(places[place].location_id, skus[i], units) for i, place, units in self._sets.takes(label.ships)]
        return FrontPlan(
            takes=tuple(sorted(takes)),
            cost=Money(label.cost, self._network.currency),
            days=None if self._request.at is None else label.days,
            shipments=label.shipments,
            co2e_mg=label.co2e_mg if self._has_co2e else None,
        )


def _unbeaten(labels: Iterable[_Label], most: int) -> list[_Label]:
    """Those that no other one beats, in order; no more shipments than `most`, 0 is no cap."""
    kept: list[_Label] = []
    for label in sorted(labels):
        if (not most or label.shipments <= most) and not any([other.beats(label) for other in kept]):
            kept.append(label)
    return kept
