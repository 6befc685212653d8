"""Small shops to route in, and a reference that tries every admissible plan."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from omscore.calendars import Calendar
from omscore.ids import LocationId
from omscore.items import ItemFlag
from omscore.places import Address, Destination, Downtime, Location, LocationKind, Point
from omscore.records import changed
from omscore.routing import Demand, LocationGroup, Network, Profile, RateTable, RoutingRequest, Surcharge, ZoneRule
from omscore.routing.profiles import STANDARD

HOME = ZoneRule(zone="home", origins=("*",), destinations=("=origin",))
ABROAD = ZoneRule(zone="abroad", origins=("*",), destinations=("AT", "DE", "FR"))
CARD = """carrier,service,zone,min_g,max_g,price,currency,transit_days
post,parcel,home,0,1000,4.00,EUR,2
post,parcel,home,1000,5000,6.50,EUR,2
post,parcel,home,5000,30000,11.00,EUR,3
post,parcel,abroad,0,2000,9.00,EUR,4
post,parcel,abroad,2000,30000,17.00,EUR,5
"""
TABLE = RateTable.from_csv(CARD, (HOME, ABROAD))
WEEKDAYS = Calendar(timezone="Europe/Berlin")
SHOP = Address(recipient="The shop", lines=("Street 1",), city="Town", country="DE")
TO_DE = Destination(country="DE")
BY_PRIORITY = Profile(name="by-priority", strategy="in_order")

Stock = dict[str, dict[tuple[str, str], int]]


def location(
    location_id: str,
    *,
    country: str = "DE",
    priority: int = 0,
    handling_minor: int = 0,
    may_ship: bool = True,
    ships_to: tuple[str, ...] = ("*",),
    point: Point | None = None,
    kind: LocationKind = LocationKind.WAREHOUSE,
    max_distance_km: int | None = None,
    refuses: tuple[ItemFlag, ...] = (),
    downtimes: tuple[Downtime, ...] = (),
) -> Location:
    return Location(
        location_id=LocationId(location_id),
        name=location_id,
        kind=kind,
        country=country,
        point=point or Point(50.0, 10.0),
        calendar=WEEKDAYS,
        address=SHOP,
        ships_to=ships_to,
        may_ship=may_ship,
        priority=priority,
        handling_minor=handling_minor,
        max_distance_km=max_distance_km,
        refuses=refuses,
        downtimes=downtimes,
    )


def network(
    *locations: Location,
    table: RateTable = TABLE,
    penalty: int = 0,
    per_100km: int = 0,
    groups: tuple[LocationGroup, ...] = (),
) -> Network:
    return Network(
        locations=locations,
        rates=table,
        currency="EUR",
        split_penalty_minor=penalty,
        distance_minor_per_100km=per_100km,
        groups=groups,
    )


def ask(
    *demands: tuple[int, str, int, int],
    profile: Profile = STANDARD,
    otherwise: tuple[Profile, ...] = (),
    pools: tuple[str, ...] = ("general",),
    destination: Destination = TO_DE,
    allowed: tuple[str, ...] = (),
    threshold: int = 0,
) -> RoutingRequest:
    """A request from (line, SKU, units, grams per unit)."""
    return RoutingRequest(
        order_id="ord_1",
        channel="web",
        demands=tuple(Demand(line_id=n, sku=sku, units=units, mass_g=mass) for n, sku, units, mass in demands),
        destination=destination,
        pools=pools,
        allowed_locations=allowed,
        profile=profile,
        otherwise=otherwise,
        threshold_units=threshold,
    )


def on_shelf(**cells: Mapping[str, int]) -> Stock:
    """Stock by SKU and location, all in the general pool."""
    return {sku: {(place, "general"): units for place, units in held.items()} for sku, held in cells.items()}


def random_table(rng: random.Random, *, tame: bool) -> RateTable:
    """A rate card with weight breaks; a wild one has prices that jump up and down."""
    rows = []
    for zone in ("home", "abroad"):
        for service in range(rng.randint(1, 2)):
            top, price = 0, rng.randint(200, 500)
            for _ in range(rng.randint(1, 4)):
                lower, top = top, top + rng.randint(1, 8) * 100
                rows.append(f"post,s{service},{zone},{lower},{top},{price // 100}.{price % 100:02},EUR,1")
                price = price + rng.randint(10, 300) if tame else rng.randint(100, 1200)
    header = "carrier,service,zone,min_g,max_g,price,currency,transit_days\n"
    return RateTable.from_csv(header + "\n".join(rows), (HOME, ABROAD))


def random_case(
    rng: random.Random, *, lines: int, places: int, units: int = 3, tame: bool = True, depth: int = 4
) -> tuple[RoutingRequest, Network, Stock]:
    """An order, a shop and its stock; `depth` is the most units a cell holds."""
    shop = network(
        *(
            location(f"L{k:02}", country=rng.choice(("DE", "DE", "AT")), handling_minor=rng.choice((0, 50, 130)))
            for k in range(places)
        ),
        table=random_table(rng, tame=tame),
        penalty=rng.choice((0, 0, 40, 150)),
    )
    masses = {f"S{n}": rng.choice((50, 100, 170, 300, 450)) for n in range(lines)}
    demands = []
    for n in range(rng.randint(1, lines)):
        sku = f"S{rng.randrange(lines)}" if rng.random() < 0.1 else f"S{n}"
        demands.append((n + 1, sku, rng.randint(1, units), masses[sku]))
    stock = {
        sku: {(f"L{k:02}", "general"): rng.randint(1, depth) for k in range(places) if rng.random() < 0.7}
        for sku in masses
    }
    return ask(*demands), shop, stock


class Load(NamedTuple):
    """What one location ships: its billed mass, and the flags in it that surcharges ask for."""

    billed_g: int
    flags: frozenset[ItemFlag]

    def times(self, units: int, more: Load | None) -> Load:
        """So many of it, with what is there already."""
        mass, flags = more or (0, frozenset())
        return Load(mass + units * self.billed_g, flags | self.flags)


def with_extras(
    rng: random.Random, case: tuple[RoutingRequest, Network, Stock], *, flags: bool = False
) -> tuple[RoutingRequest, Network, Stock]:
    """The same case with surcharges on the rates, goods that take room, and maybe some of them dangerous or frail."""
    request, shop, stock = case
    kinds = [(), (ItemFlag.HAZMAT,), (ItemFlag.FRAGILE,)] if flags else [()]
    surcharges = [
        Surcharge(
            name=f"s{k}",
            fixed=rng.choice((None, Decimal("0.35"), Decimal(3))),
            percent=rng.choice((Decimal("7.5"), Decimal(12), Decimal("33.333"))),
            services=rng.choice(((), ("s0",))),
            countries=("DE",) if k % 2 else (),
            postcode_areas=rng.choice(((), ("1",), ("9",))) if k % 2 else (),
            flags=rng.choice(kinds),
        )
        for k in range(rng.randint(1, 3))
    ]
    sizes = {demand.sku: rng.choice((0, 1, 600_000, 1_400_001)) for demand in request.demands}
    sorts = {demand.sku: rng.choice(kinds) for demand in request.demands}
    demands = [changed(demand, volume_mm3=sizes[demand.sku], flags=sorts[demand.sku]) for demand in request.demands]
    return (
        changed(request, demands=tuple(demands), destination=Destination(country="DE", postcode_area="101")),
        changed(
            shop,
            rates=changed(shop.rates, surcharges=tuple(surcharges)),
            dim_divisor_cm3_per_kg=rng.choice((None, 5_000, 6_000)),
        ),
        stock,
    )


def least_cost(
    request: RoutingRequest, shop: Network, stock: Stock, *, apart: bool = False, fewest: bool = False
) -> tuple[int, int]:
    """The cheapest cost of all admissible plans and the fewest units left over, by trying everything.

    Reachable loads are tried as a set, SKU by SKU. With `apart`, SKUs that one location could fill may be torn too;
    with `fewest`, only plans with the fewest shipments count.
    """
    wanted: dict[str, int] = {}
    one: dict[str, Load] = {}
    for demand in request.demands:
        wanted[demand.sku] = wanted.get(demand.sku, 0) + demand.units
        flags = shop.rates.flags.intersection(demand.flags)
        one[demand.sku] = Load(shop.billed_g(demand.mass_g, demand.volume_mm3), flags)
    places = [place.location_id for place in shop.locations]
    reached: set[tuple[Load | None, ...]] = {tuple([None] * len(places))}
    left = 0
    for sku, units in wanted.items():
        held = [sum(stock.get(sku, {}).get((place, pool), 0) for pool in request.pools) for place in places]
        need = min(units, sum(held))
        left += units - need
        whole = not apart and max(held) >= need
        ways = [way for way in _ways(need, held) if not whole or sum(1 for part in way if part) <= 1]
        reached = {
            tuple(one[sku].times(part, have) if part else have for have, part in zip(loads, way, strict=True))
            for loads in reached
            for way in ways
        }
    if fewest:
        fewest_of = min(len(loads) - loads.count(None) for loads in reached)
        reached = {loads for loads in reached if len(loads) - loads.count(None) == fewest_of}
    return min(_cost(loads, request, shop) for loads in reached), left


def _ways(need: int, held: Sequence[int]) -> list[tuple[int, ...]]:
    if not held:
        return [()] if need == 0 else []
    return [(n, *rest) for n in range(min(need, held[0]) + 1) for rest in _ways(need - n, held[1:])]


def _cost(loads: tuple[Load | None, ...], request: RoutingRequest, shop: Network) -> int:
    total, shipments = 0, 0
    for place, load in zip(shop.locations, loads, strict=True):
        if load is not None:
            price = shop.shipment_cost(place, request.destination, load.billed_g, load.flags)
            assert price is not None
            total += price.minor
            shipments += 1
    return total + shop.split_penalty_minor * max(0, shipments - 1)
