"""Which stock an order may draw on, and how the units a strategy chose are dealt out to its lines.

Demand on one SKU is summed over the lines before any cell is looked at. Dealing goes the other way: the units a
location gives are drawn from its pools in the order of the request and fill the lines in line order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import compress, repeat
from operator import attrgetter
from typing import NamedTuple

from omscore.errors import InputError
from omscore.items import ItemFlag
from omscore.places import Location
from omscore.records import frozen, maker
from omscore.routing.ladders import Ladder, Lanes, laid
from omscore.routing.model import Assignment, Demand, RoutingRequest, Stock
from omscore.routing.network import Network
from omscore.routing.problem import Bound, Problem, Takes

_COUNTRY, _LINE_ID, _LOCATION_ID = attrgetter("country"), attrgetter("line_id"), attrgetter("location_id")
_UNITS = attrgetter("units")

_new_assignment = maker(Assignment)

_NOTHING: Mapping[tuple[str, str], int] = {}

_ZEROS = repeat(0)

_NO_FLAGS: frozenset[ItemFlag] = frozenset()


@frozen(kw_only=True)
class Supply:
    """What the eligible locations could give to one order.

    Shape: `places` hold at least one usable unit, by location id; `skus`, `need` and `caps` are parallel, by first
    line, and leave out what nobody holds; `caps` are the usable units of a SKU by place; `held_units` by location id
    counts the units a location could give; `barred` by location id are the flags of items it holds and refuses to ship.
    """

    places: tuple[Location, ...]
    skus: list[str]
    need: list[int]
    caps: list[list[int]]
    held_units: dict[str, int]
    wanted_units: int
    barred: dict[str, tuple[str, ...]]


_new_supply = maker(Supply)


class SharedPart(NamedTuple):
    """A part that several articles are made of: how many units of it each takes, and how many a location has."""

    counts: Mapping[str, int]
    held: Mapping[str, int]


def sellable_above(on_hand: int, allocated: int, threshold: int) -> int:
    """The units that may be sold while `threshold` of them are kept back; a negative threshold allows that many more.

    >>> sellable_above(10, 5, 3), sellable_above(10, 10, -5), sellable_above(1, 0, 2)
    (2, 5, 0)
    """
    return max(0, on_hand - allocated - threshold)


def supply_of(
    request: RoutingRequest, by_sku: dict[str, list[Demand]], eligible: Sequence[Location], stock: Stock, keep: int
) -> Supply:
    """The usable units of every SKU at every eligible location, summed over the pools the channel may draw on.

    Units: `keep` units stay back in every cell.
    """
    held_units: dict[str, int] = dict.fromkeys(map(_LOCATION_ID, eligible), 0)
    pools = request.pools
    need: list[int] = []
    usable_of: dict[str, dict[str, int]] = {}
    wanted_units = 0
    barred: dict[str, tuple[str, ...]] = {}
    for sku, lines in by_sku.items():
        first = lines[0]
        wanted = first.units if len(lines) == 1 else sum(map(_UNITS, lines))
        wanted_units += wanted
        usable: dict[str, int] = {}
        for (place, pool), found in stock.get(sku, _NOTHING).items():
            # As `sellable_above` would say; spelled out because this is the innermost loop.
            if found > keep and pool in pools and place in held_units:
                if place in usable:
                    usable[place] += found - keep
                else:
                    usable[place] = found - keep
        if first.flags:
            for location in eligible:
                place = location.location_id
                if place in usable and (flags := set(first.flags).intersection(location.refuses)):
                    barred[place] = tuple(sorted(flags.union(barred.get(place, ()))))
                    del usable[place]
        if usable:
            usable_of[sku] = usable
            total = 0
            for place, units in usable.items():
                total += units
                held_units[place] += units if units < wanted else wanted
            need.append(wanted if wanted < total else total)
    held = held_units.values()
    holding = [*compress(held_units, held)]
    caps: list[list[int]] = []
    for usable in usable_of.values():
        caps.append([*map(usable.get, holding, _ZEROS)])
    return _new_supply(
        places=tuple(compress(eligible, held)),
        skus=[*usable_of],
        need=need,
        caps=caps,
        held_units=held_units,
        wanted_units=wanted_units,
        barred=barred,
    )


def problem_of(
    supply: Supply,
    by_sku: dict[str, list[Demand]],
    request: RoutingRequest,
    network: Network,
    *,
    split_lines: bool,
    shared: Sequence[SharedPart] = (),
) -> Problem:
    """The routing question in integers; without `split_lines` no more of a SKU is wanted than one location holds.

    Shape: a location has room for as many units as it may take on its day, where the order could ask for more; `shared`
    are the parts of which articles take more than one location may have.
    """
    need = supply.need if split_lines else [min(n, max(c)) for n, c in zip(supply.need, supply.caps, strict=True)]
    is_by_room = network.dim_divisor_cm3_per_kg is not None
    unit_mass: list[int] = []
    mass = 0
    for i, sku in enumerate(supply.skus):
        article = by_sku[sku][0]
        grams = network.billed_g(article.mass_g, article.volume_mm3) if is_by_room else article.mass_g
        unit_mass.append(grams)
        mass += need[i] * grams
    const = network.all_fixed_minor(supply.places, request.destination)
    lanes = lanes_of(supply, by_sku, request, network, mass)
    room = _room(supply, by_sku, request) if request.rooms else ()
    bounds = _bounds(supply, shared) if shared else ()
    # Without names: a class that is called with them gathers them into a dict first.
    problem = Problem(
        need, unit_mass, mass, supply.caps, const, lanes, network.split_penalty_minor, not split_lines, room, bounds
    )
    if network.rebates:
        for number, place in enumerate(supply.places):
            if problem.least(number) < 0:
                raise InputError(
                    f"with its rebate a shipment from {place.location_id} costs less than nothing; grant less",
                    code="routing.rebate",
                )
    if problem.room or shared:
        problem.worth = [by_sku[sku][0].pieces for sku in supply.skus]
    return problem


def _bounds(supply: Supply, shared: Sequence[SharedPart]) -> list[Bound]:
    """How much of each part every place has, and how much of it each article takes."""
    return [
        Bound(
            [part.counts.get(sku, 0) for sku in supply.skus],
            [part.held.get(place.location_id, 0) for place in supply.places],
        )
        for part in shared
    ]


def lanes_of(
    supply: Supply, by_sku: dict[str, list[Demand]], request: RoutingRequest, network: Network, mass_g: int
) -> Lanes:
    """The prices of every place for parcels with the flags that are certain there, up to that mass."""
    if not network.rates.surcharges:
        return network.rates.lanes(tuple(map(_COUNTRY, supply.places)), request.destination.country, mass_g)
    found: dict[tuple[str, frozenset[ItemFlag]], Ladder | None] = {}
    ladders = []
    flags = flags_for_certain(supply, by_sku, network.rates.flags)
    for place, of_place in zip(supply.places, flags, strict=True):
        lane = (place.country, of_place)
        if lane not in found:
            found[lane] = network.ladder(place, request.destination, mass_g, of_place)
        ladders.append(found[lane])
    return laid([ladder for ladder in ladders if ladder is not None])  # eligible locations all have a rate


def flags_for_certain(
    supply: Supply, by_sku: Mapping[str, Sequence[Demand]], asked: frozenset[ItemFlag]
) -> list[frozenset[ItemFlag]]:
    """Of the flags asked for those that every article of the order has which a place could give, by place: whatever it
    ships, its parcel has them.
    """
    if not asked:
        return [_NO_FLAGS] * len(supply.places)
    flags = [asked.intersection(by_sku[sku][0].flags) for sku in supply.skus]
    if not any(flags):
        return [_NO_FLAGS] * len(supply.places)
    return [
        frozenset.intersection(*[of_sku for of_sku, held in zip(flags, supply.caps, strict=True) if held[place]])
        for place in range(len(supply.places))
    ]


def _room(supply: Supply, by_sku: dict[str, list[Demand]], request: RoutingRequest) -> list[int]:
    """The units each place may take; empty when no place is bounded by it."""
    left = {room.location_id: room.units_left for room in request.rooms}
    wanted = sum([line.units * line.pieces for lines in by_sku.values() for line in lines])
    found = []
    for place in supply.places:
        units = left.get(place.location_id)
        found.append(wanted if units is None else min(units, wanted))
    return found if min(found, default=wanted) < wanted else []


def dealt(
    request: RoutingRequest,
    by_sku: dict[str, list[Demand]],
    supply: Supply,
    takes: Takes,
    order: Sequence[int],
    stock: Stock,
    keep: int,
) -> list[Assignment]:
    """The plan's units as assignments to lines, by line, then location in the order given, then pool."""
    dealt: list[Assignment] = []
    begun: dict[str, tuple[int, int]] = {}
    first, skus, places = request.pools[0], supply.skus, supply.places
    for i, place, units in sorted(takes) if type(order) is range else _in_order(takes, order):
        sku, location_id = skus[i], places[place].location_id
        lines, cells = by_sku[sku], stock[sku]
        if len(lines) == 1 and cells.get((location_id, first), 0) - keep >= units:  # as it mostly is
            dealt.append(assigned(lines[0].line_id, sku, location_id, first, units))
            continue
        at, filled = begun.get(sku, (0, 0))
        for pool in request.pools:
            left = cells.get((location_id, pool), 0) - keep
            if left > units:
                left = units
            elif left <= 0:
                continue
            units -= left
            while left:
                line = lines[at]
                part = line.units - filled
                if part > left:
                    part = left
                dealt.append(assigned(line.line_id, sku, location_id, pool, part))
                left -= part
                filled += part
                if filled == line.units:
                    at, filled = at + 1, 0
            if not units:
                break
        begun[sku] = (at, filled)
    if len(by_sku) < len(request.demands):  # else every SKU is one line, and they come by line already
        dealt.sort(key=_LINE_ID)  # stable: locations and pools keep their order
    return dealt


@lru_cache(maxsize=1_024)  # what sells most is sent from where it lies again and again
def assigned(line_id: int, sku: str, location_id: str, pool: str, units: int) -> Assignment:
    """So many units of a line from a pool of a location; equal ones are one record."""
    return _new_assignment(line_id=line_id, sku=sku, location_id=location_id, pool=pool, units=units)


def _in_order(takes: Takes, order: Sequence[int]) -> Takes:
    """The takes of each SKU by the locations in that order."""
    rank = {place: k for k, place in enumerate(order)}
    return sorted(takes, key=lambda take: (take[0], rank[take[1]]))
