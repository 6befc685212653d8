"""G6, G7 and G10: exact routing, against a mixed-integer program of the same orders, and against taking the best
location first while the shelves empty.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate, count
from random import Random

from omscore.calendars import Calendar
from omscore.ids import LocationId
from omscore.places import Address, Destination, Location, LocationKind, Point
from omscore.routing import Demand, Network, RateTable, RoutingRequest, Stock, ZoneRule, route
from tests.benchmarks.goals import Goal, Result, Shown
from tests.benchmarks.rounds import Run, speed, timed
from tests.kit.mip import model_of, solved

GAP = Goal(
    name="G6",
    what="largest gap of exact routing to the program's optimum, orders of up to 8 lines, 50 locations",
    must=1e-6,
    at_least=False,
    shown=Shown.NUMBER,
)
SOLVER = Goal(
    name="G7",
    what="route an order with its reasons, against highspy from model to optimum, 50 locations",
    must=100,
    stretch=300,
    shown=Shown.TIMES,
)
GREEDY = Goal(
    name="G10",
    what="cost saved by exact routing over the best location first, on shelves that empty",
    must=0.004,
    stretch=0.008,
)
LOCATIONS, SKUS, MOST_LINES = 50, 300, 8
CARD = "carrier,service,zone,min_g,max_g,price,currency,transit_days\n" + "\n".join(
    f"post,parcel,home,{low},{high},{price},EUR,1"
    for low, high, price in (
        (0, 1_000, "4.20"),
        (1_000, 2_000, "4.90"),
        (2_000, 5_000, "6.30"),
        (5_000, 10_000, "8.90"),
        (10_000, 31_500, "14.90"),
    )
)


def country(random: Random) -> Network:
    """Fifty locations over a country, with postage by mass, handling, distance and a charge for each split."""
    address = Address(recipient="Shop", lines=("Street 1",), city="Town", country="DE")
    return Network(
        locations=tuple(
            Location(
                location_id=LocationId(f"L{number:02}"),
                name=f"L{number:02}",
                kind=LocationKind.WAREHOUSE,
                country="DE",
                point=Point(random.uniform(47.5, 54.5), random.uniform(6.5, 14.5)),
                calendar=Calendar(timezone="Europe/Berlin"),
                address=address,
                handling_minor=random.choice((40, 60, 90)),
            )
            for number in range(LOCATIONS)
        ),
        rates=RateTable.from_csv(CARD, (ZoneRule(zone="home", origins=("*",), destinations=("=origin",)),)),
        currency="EUR",
        split_penalty_minor=50,
        distance_minor_per_100km=35,
    )


def shelves(random: Random, *, share: float, most: int) -> dict[str, dict[tuple[str, str], int]]:
    """Stock of every SKU at a share of the locations."""
    return {
        f"S{sku:03}": {
            (f"L{place:02}", "general"): random.randint(1, most)
            for place in range(LOCATIONS)
            if random.random() < share
        }
        for sku in range(SKUS)
    }


MASS_G = [Random(sku).choice((80, 150, 300, 450, 700, 1_200, 2_500)) for sku in range(SKUS)]  # noqa: S311
POPULAR = list(accumulate(1 / (rank + 5) for rank in range(SKUS)))
"""A few articles are in most orders."""


def orders(random: Random, number: int, *, units: int = 2) -> list[RoutingRequest]:
    """So many orders of one to eight articles each, all over the country."""
    made = []
    for order in range(number):
        skus = sorted(set(random.choices(range(SKUS), cum_weights=POPULAR, k=random.randint(1, MOST_LINES))))
        made.append(
            RoutingRequest(
                order_id=f"o{order}",
                channel="web",
                demands=tuple(
                    Demand(line_id=line, sku=f"S{sku:03}", units=random.randint(1, units), mass_g=MASS_G[sku])
                    for line, sku in enumerate(skus, 1)
                ),
                destination=Destination(
                    country="DE", point=Point(random.uniform(47.5, 54.5), random.uniform(6.5, 14.5))
                ),
                pools=("general",),
            )
        )
    return made


def measure_gap(run: Run) -> Iterator[Result]:
    """Orders on full and on thin shelves, each solved both ways."""
    gaps = []
    for seed in range(run.rounds):
        random = Random(seed)  # noqa: S311
        network = country(random)
        worst = 0.0
        for share, most in ((0.3, 3), (0.08, 2)):
            stock = shelves(random, share=share, most=most)
            for order in orders(random, run.count(40)):
                found = route(order, network, stock)
                if found.cost is not None:
                    least = solved(model_of(order, network, stock))
                    assert least is not None
                    worst = max(worst, abs(found.cost.minor - least) / least)
        gaps.append(worst)
        run.tell(f"{GAP.name}: round {seed + 1} of {run.rounds}: {worst:.1e}")
    yield Result(goal=GAP, ratios=(max(gaps),), figures={"orders_a_round": 2.0 * run.count(40)})


def measure_solver(run: Run) -> Iterator[Result]:
    """The same orders by both, while the shelves stay as they are."""
    random = Random(7)  # noqa: S311
    network, stock = country(random), shelves(random, share=0.3, most=3)
    ours_count, theirs_count = run.count(500), run.count(10)
    draws = count()

    def ours() -> float:
        wanted = orders(Random(next(draws)), ours_count)  # noqa: S311
        return timed(lambda: [route(order, network, stock) for order in wanted]) / ours_count

    def theirs() -> float:
        wanted = orders(Random(next(draws)), theirs_count)  # noqa: S311
        return timed(lambda: [solved(model_of(order, network, stock)) for order in wanted]) / theirs_count

    ours(), theirs()
    yield speed(SOLVER, run.side_by_side(SOLVER.name, ours, theirs), each=run.slices)


def measure_greedy(run: Run) -> Iterator[Result]:
    """The same stream of orders on the same shelves, by each rule from the beginning to the end."""
    saved = []
    for seed in range(run.rounds):
        random = Random(100 + seed)  # noqa: S311
        network, stock = country(random), shelves(random, share=0.25, most=12)
        stream = orders(random, run.count(3_000), units=1)
        exact, greedy = (_streamed(stream, network, stock, best_first=rule) for rule in (False, True))
        assert exact[1] == greedy[1], "both served the same units"
        saved.append(1 - exact[0] / greedy[0])
        run.tell(f"{GREEDY.name}: round {seed + 1} of {run.rounds}: {saved[-1]:.2%} saved")
    yield Result(goal=GREEDY, ratios=tuple(saved), figures={"orders_a_round": float(run.count(3_000))})


def _streamed(stream: list[RoutingRequest], network: Network, stock: Stock, *, best_first: bool) -> tuple[int, int]:
    """What all orders cost, and the units sent."""
    left = {sku: dict(cells) for sku, cells in stock.items()}
    cost = units = 0
    for order in stream:
        if best_first:
            taken, price = _best_first(order, network, left)
        else:
            decision = route(order, network, left)
            taken = [(part.sku, part.location_id, part.units) for part in decision.assignments]
            price = 0 if decision.cost is None else decision.cost.minor
        cost += price
        for sku, place, count_ in taken:
            left[sku][place, "general"] -= count_
            units += count_
    return cost, units


def _best_first(order: RoutingRequest, network: Network, stock: Stock) -> tuple[list[tuple[str, str, int]], int]:
    """Again and again the location that ships what it has for the least cost a line."""
    open_lines = {d.sku: d for d in order.demands if any(stock[d.sku].values())}
    taken: list[tuple[str, str, int]] = []
    cost = -network.split_penalty_minor if open_lines else 0
    while open_lines:
        best: tuple[float, str, list[str], int] | None = None
        for place in network.by_id:
            here = [sku for sku in open_lines if stock[sku].get((place.location_id, "general"), 0) > 0]
            if here:
                price = network.shipment_cost(place, order.destination, sum(open_lines[sku].mass_g for sku in here))
                assert price is not None
                value = (price.minor + network.split_penalty_minor) / len(here)
                if best is None or value < best[0]:
                    best = (value, place.location_id, here, price.minor)
        assert best is not None
        _, location_id, here, price_minor = best
        cost += price_minor + network.split_penalty_minor
        for sku in here:
            taken.append((sku, location_id, 1))
            del open_lines[sku]
    return taken, cost
