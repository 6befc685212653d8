"""Kits that ship whole: for rules and strategies a kit is one article, and a location has as many of it as its parts
allow.

A part that other lines or kits want too is a bound: of all articles that are made of it, a location gives together no
more than it has parts for. The strategies keep to such bounds as they keep to the room of a day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from omscore.records import changed
from omscore.routing.model import Assignment, Decision, Demand, Leftover, RoutingRequest, Stock
from omscore.routing.network import Network
from omscore.routing.problem import Problem
from omscore.routing.supply import SharedPart, Supply

Decided: TypeAlias = Callable[[RoutingRequest, Stock, Sequence[SharedPart]], Decision]
"""What answers a question on a stock, with the parts that its articles share."""

Ranked: TypeAlias = Callable[[RoutingRequest, Stock, Sequence[SharedPart]], Iterator[Decision]]
"""The same with the answers that come next."""


class _Folded(NamedTuple):
    """Some units of an order as one article: the demand that routing sees, and its parts by line."""

    demand: Demand
    parts: tuple[tuple[Demand, int], ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many units of each SKU one of it is made of."""
        counts: dict[str, int] = {}
        for part, count in self.parts:
            counts[part.sku] = counts.get(part.sku, 0) + count
        return counts


class KitQuestion:
    """The question of an order with kits, in which every kit is one article. Shape: `request` is what routing sees."""

    def __init__(self, request: RoutingRequest, network: Network, stock: Stock) -> None:
        self._request, self._stock = request, stock
        self._folded = _fold(sorted(request.demands, key=lambda demand: demand.line_id), network)
        self._known = {each.demand.line_id: each for each in self._folded}
        wants: dict[str, dict[str, int]] = {}
        for each in self._folded:
            for sku, count in each.counts.items():
                wants.setdefault(sku, {})[each.demand.sku] = count
        self._shared = {sku: counts for sku, counts in wants.items() if len(counts) > 1}
        self.request = changed(
            request,
            demands=tuple([each.demand for each in self._folded]),
            velocity=request.velocity + _velocity(request.velocity, self._folded),
        )

    def decision(self, decided: Decided, keep: int) -> Decision:
        """The decision about whole kits, told of the lines themselves. Units: `keep` stay back in every cell."""
        return self._told(decided(self.request, *self._dealt(keep)), keep)

    def ranked(self, plans_of: Ranked, keep: int) -> Iterator[Decision]:
        """The decisions about whole kits one after the other, told of the lines themselves. Units: as `decision`."""
        for found in plans_of(self.request, *self._dealt(keep)):
            yield self._told(found, keep)

    def _dealt(self, keep: int) -> tuple[Stock, Sequence[SharedPart]]:
        """The stock of whole kits, and the parts that bound them."""
        usable = self._usable(keep)
        shared = [SharedPart(counts, usable[sku]) for sku, counts in sorted(self._shared.items())]
        return self._shelf(usable, keep), shared

    def _usable(self, keep: int) -> dict[str, dict[str, int]]:
        """The units of every part above what stays back, by location."""
        usable: dict[str, dict[str, int]] = {part.sku: {} for each in self._folded for part, _ in each.parts}
        for sku, held in usable.items():
            for (place, pool), units in self._stock.get(sku, {}).items():
                if pool in self._request.pools and units > keep:
                    held[place] = held.get(place, 0) + units - keep
        return usable

    def _shelf(self, usable: dict[str, dict[str, int]], keep: int) -> Stock:
        """The stock with a cell for all that a location has of a kit, as if nobody else wanted its parts.

        Shape: in the first pool of the request, and above what stays back.
        """
        shelf = dict(self._stock)
        for each in self._folded:
            if each.demand.sku != each.parts[0][0].sku:
                places = sorted(set.intersection(*[set(usable[sku]) for sku in each.counts]))
                kits = {
                    place: min([usable[sku][place] // count for sku, count in each.counts.items()]) for place in places
                }
                pool = self._request.pools[0]
                shelf[each.demand.sku] = {(place, pool): units + keep for place, units in kits.items() if units}
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


def held_together(supply: Supply, problem: Problem) -> Supply:
    """The supply in which locations hold as much as they could really give of articles that share parts."""
    held = dict(supply.held_units)
    for place, location in enumerate(supply.places):
        left = [bound.most[place] for bound in problem.shared]
        given = 0
        for i, need in enumerate(supply.need):
            counts = [bound.weights[i] for bound in problem.shared]
            units = min(
                [need, supply.caps[i][place], *[n // each for n, each in zip(left, counts, strict=True) if each]]
            )
            left = [n - units * each for n, each in zip(left, counts, strict=True)]
            given += units
        held[location.location_id] = given
    return changed(supply, held_units=held)


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
