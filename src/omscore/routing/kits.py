"""Kits that ship whole: for rules and strategies a kit is one article, and a location has as many of it as its parts
allow.

Parts that other lines or kits want too are held by all of them at once, so the stock of them is dealt out first: kits
before single articles, then the other way round, then what the better of the two leaves. Of these the plan that serves
the most units is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from omscore.records import changed
from omscore.routing.model import Assignment, Decision, Demand, Leftover, RoutingRequest, Stock
from omscore.routing.network import Network

Most: TypeAlias = Mapping[tuple[str, str], int]
"""How much of an article, kits among them, a location may give."""


class _Folded(NamedTuple):
    """Some units of an order as one article: the demand that routing sees, and its parts by line."""

    demand: Demand
    parts: tuple[tuple[Demand, int], ...]


class KitQuestion:
    """The question of an order with kits, in which every kit is one article. Shape: `request` is what routing sees."""

    def __init__(self, request: RoutingRequest, network: Network, stock: Stock) -> None:
        self._request, self._stock = request, stock
        self._folded = _fold(sorted(request.demands, key=lambda demand: demand.line_id), network)
        self._known = {each.demand.line_id: each for each in self._folded}
        wants: dict[str, set[str]] = {}
        for each in self._folded:
            for part, _ in each.parts:
                wants.setdefault(part.sku, set()).add(each.demand.sku)
        shared = set().union(*[wanted for wanted in wants.values() if len(wanted) > 1])
        dealt = [each for each in self._folded if each.demand.sku in shared or self._is_kit(each)]
        self._dealt = sorted(dealt, key=lambda each: not self._is_kit(each))
        self.is_shared = bool(shared)
        self.request = changed(
            request,
            demands=tuple([each.demand for each in self._folded]),
            velocity=request.velocity + _velocity(request.velocity, self._folded),
        )

    def best(self, decided: Callable[[RoutingRequest, Stock, bool], Decision], keep: int) -> Decision:
        """The decision in which most units find a location, told of the lines themselves.

        Shape: `decided` is asked with True for what could be sent, though it be a part of what must be sent whole.
        """
        best = self._told(decided(self.request, self._shelf(self._dealt, keep, {}), False), keep)
        if not best.leftovers or not self.is_shared:
            return best
        singles_first = sorted(self._dealt, key=self._is_kit)
        for order in (self._dealt, singles_first):
            first = {each.demand.sku for each in order if self._comes_first(each, order)}
            most = self._given(decided(self.request, self._shelf(order, keep, {}), True), first)
            for dealt in (most,) if order is self._dealt else ({}, most):
                told = self._told(decided(self.request, self._shelf(order, keep, dealt), False), keep)
                if told.left_units < best.left_units:
                    best = told
        return best

    def _is_kit(self, each: _Folded) -> bool:
        return each.demand.sku != each.parts[0][0].sku

    def _comes_first(self, each: _Folded, order: Sequence[_Folded]) -> bool:
        return self._is_kit(each) is self._is_kit(order[0])

    def _given(self, found: Decision, skus: set[str]) -> dict[tuple[str, str], int]:
        """What a decision takes of these articles, location by location; they get no more of it anywhere."""
        most = {(sku, location_id): 0 for sku in skus for location_id in self._places()}
        for part in found.assignments:
            if part.sku in skus:
                most[part.sku, part.location_id] += part.units
        return most

    def _places(self) -> list[str]:
        return sorted(
            {place for each in self._folded for part, _ in each.parts for place, _ in self._stock.get(part.sku, {})}
        )

    def _usable(self, keep: int) -> dict[tuple[str, str], int]:
        usable: dict[tuple[str, str], int] = {}
        for sku in {part.sku for each in self._dealt for part, _ in each.parts}:
            for (place, pool), units in self._stock.get(sku, {}).items():
                if pool in self._request.pools and units > keep:
                    usable[sku, place] = usable.get((sku, place), 0) + units - keep
        return usable

    def _shelf(self, order: Sequence[_Folded], keep: int, most: Most) -> Stock:
        """The stock with a cell for all that a location has of a kit, and of an article that a kit wants too.

        Shape: in the first pool of the request, and above what stays back.
        """
        left, pool = self._usable(keep), self._request.pools[0]
        shelf = dict(self._stock)
        wanted: dict[str, int] = {}
        for each in order:
            wanted[each.demand.sku] = wanted.get(each.demand.sku, 0) + each.demand.units
        places = self._places()
        for sku, units in wanted.items():
            each = next(each for each in order if each.demand.sku == sku)
            cells: dict[tuple[str, str], int] = {}
            for place in places:
                there = min([left.get((part.sku, place), 0) // count for part, count in each.parts])
                there = min(there, most.get((sku, place), there), units if self.is_shared else there)
                if there:
                    cells[place, pool] = there + keep
                    for part, count in each.parts:
                        left[part.sku, place] -= there * count
            shelf[sku] = cells
        return shelf

    def _told(self, found: Decision, keep: int) -> Decision:
        """The decision by lines and real pools: of the units a location gives, those of an earlier pool come first."""
        free = {
            (sku, *cell): max(0, units - keep)
            for sku in {part.sku for each in self._folded for part, _ in each.parts}
            for cell, units in self._stock.get(sku, {}).items()
        }
        drawn: dict[tuple[int, str, str], int] = {}
        sent: dict[tuple[int, str], int] = {}
        for given in found.assignments:
            for part, count in self._known[given.line_id].parts:
                key = part.line_id, given.location_id
                sent[key] = sent.get(key, 0) + given.units * count
        sku_of = {demand.line_id: demand.sku for demand in self._request.demands}
        for (line_id, place), units in sent.items():
            for pool in self._request.pools:
                cell = sku_of[line_id], place, pool
                taken = min(units, free.get(cell, 0))
                if taken:
                    free[cell] -= taken
                    units -= taken
                    drawn[line_id, place, pool] = taken
        left: dict[int, tuple[int, str]] = {}
        for short in found.leftovers:
            for part, count in self._known[short.line_id].parts:
                reason = f"as a whole kit: {short.says}" if part.kit else short.says
                units, says = left.get(part.line_id, (0, reason))
                left[part.line_id] = units + short.units * count, says
        rank = {place: at for at, place in enumerate(dict.fromkeys([each.location_id for each in found.assignments]))}
        pools = {pool: at for at, pool in enumerate(self._request.pools)}
        return changed(
            found,
            assignments=tuple(
                [
                    Assignment(line_id=line_id, sku=sku_of[line_id], location_id=place, pool=pool, units=units)
                    for (line_id, place, pool), units in sorted(
                        drawn.items(), key=lambda cell: (cell[0][0], rank[cell[0][1]], pools[cell[0][2]])
                    )
                ]
            ),
            leftovers=tuple(
                [
                    Leftover(line_id=line_id, sku=sku_of[line_id], units=units, says=says)
                    for line_id, (units, says) in sorted(left.items())
                ]
            ),
        )


def _fold(demands: Sequence[Demand], network: Network) -> list[_Folded]:
    """Every kit as one article, in the place of its first line, and every other line as it is.

    Shape: units that are left of kits whose other parts are gone already are a kit of their own.
    """
    found: list[_Folded] = []
    lines: dict[str, list[Demand]] = {}
    for demand in demands:
        if demand.kit:
            lines.setdefault(demand.kit, []).append(demand)
    for demand in demands:
        if not demand.kit:
            found.append(_Folded(changed(demand, line_id=len(found) + 1), ((demand, 1),)))
            continue
        for kits, parts in _whole(lines.pop(demand.kit, [])):
            found.append(_Folded(_as_one(len(found) + 1, demand.kit, kits, parts, network), parts))
    return found


def _whole(lines: Sequence[Demand]) -> list[tuple[int, tuple[tuple[Demand, int], ...]]]:
    """So many kits of these parts each: whole ones first, then those of which parts are missing."""
    found: list[tuple[int, tuple[tuple[Demand, int], ...]]] = []
    rest = {line.line_id: line.units for line in lines}
    while any(rest.values()):
        parts = tuple([(line, min(rest[line.line_id], line.per_kit)) for line in lines if rest[line.line_id]])
        kits = min([rest[line.line_id] // units for line, units in parts])
        for line, units in parts:
            rest[line.line_id] -= kits * units
        found.append((kits, parts))
    return found


def _as_one(line_id: int, kit: str, kits: int, parts: tuple[tuple[Demand, int], ...], network: Network) -> Demand:
    """A kit as an article: as heavy as what its parts are billed for, with every flag that one of them has."""
    return Demand(
        line_id=line_id,
        sku=f" {kit} #{line_id}",  # no article begins with a blank
        units=kits,
        mass_g=sum([count * network.billed_g(part.mass_g, part.volume_mm3) for part, count in parts]),
        flags=tuple(sorted({flag for part, _ in parts for flag in part.flags})),
        pieces=sum([count for _, count in parts]),
    )


def _velocity(
    told: tuple[tuple[str, str, Decimal], ...], folded: Sequence[_Folded]
) -> tuple[tuple[str, str, Decimal], ...]:
    """How fast kits sell: as fast as the part that sells fastest for its number in a kit."""
    found: dict[tuple[str, str], Decimal] = {}
    for each in folded:
        counts = {part.sku: count for part, count in each.parts if part.kit}
        for sku, place, units in told:
            if sku in counts:
                key = each.demand.sku, place
                found[key] = max(found.get(key, Decimal(0)), units / counts[sku])
    return tuple([(sku, place, units) for (sku, place), units in sorted(found.items())])
