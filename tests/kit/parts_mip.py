"""The best plan of an order whose kits and lines share parts, by a mixed-integer program solved by HiGHS.

Written from the rules, not from omscore's routing: the most pieces are served first, then as few articles as can be are
torn or short that one location could give whole, then the plan costs the least. Each is a program of its own, in which
what the one before found is settled.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from omscore.routing import Network, RoutingRequest, Stock
from tests.kit.mip import INF, Model, solved


class Parts(NamedTuple):
    """One article: units of each SKU in one of it, how many are wanted, and the mass of one."""

    counts: dict[str, int]
    units: int
    mass_g: int


class Worth(NamedTuple):
    """How good a plan is, less is better: pieces left, articles torn or short that one location could give, cost."""

    left: int
    torn: int
    cost: int


def best_by_program(articles: Sequence[Parts], request: RoutingRequest, network: Network, stock: Stock) -> Worth:
    """What the best plan is worth."""
    places = [str(place.location_id) for place in network.locations]
    shelf = {
        (sku, place): sum(stock.get(sku, {}).get((place, pool), 0) for pool in request.pools)
        for article in articles
        for sku in article.counts
        for place in places
    }
    most: list[float] = []
    cost: list[float] = []
    rows: list[tuple[float, float, dict[int, float]]] = []

    def column(upper: float, price: float = 0.0) -> int:
        most.append(upper)
        cost.append(price)
        return len(most) - 1

    pieces: dict[int, float] = {}
    entire: dict[int, float] = {}
    used: dict[tuple[str, str], dict[int, float]] = {cell: {} for cell in shelf}
    loads: dict[str, dict[int, float]] = {place: {} for place in places}
    heaviest = sum(article.units * article.mass_g for article in articles)
    for article in articles:
        alone = [
            min([article.units, *[shelf[sku, place] // count for sku, count in article.counts.items()]])
            for place in places
        ]
        able = min(article.units, sum(alone))
        given: dict[int, float] = {}
        fills: dict[int, float] = {}
        for place, there in zip(places, alone, strict=True):
            x = column(there)
            given[x] = 1
            pieces[x] = sum(article.counts.values())
            loads[place][x] = article.mass_g
            for sku, count in article.counts.items():
                used[sku, place][x] = count
            if able and there >= able:
                y = column(1)
                fills[y] = 1
                rows.append((0, INF, {x: 1, y: -float(able)}))
        rows.append((0, able, given))
        rows.append((0, 1, fills))
        entire.update(fills)
    rows += [(0, shelf[cell], counts) for cell, counts in used.items()]
    for sender in network.locations:
        ladder = network.ladder(sender, request.destination, heaviest)
        assert ladder is not None
        fixed = network.fixed_minor(sender, request.destination) + network.split_penalty_minor
        steps = [column(1, price + fixed) for price in ladder.prices]
        load = loads[str(sender.location_id)]
        rows.append((0, 1, dict.fromkeys(steps, 1.0)))
        tops = dict(zip(steps, ladder.tops, strict=True))
        rows.append((-INF, 0, {**load, **{step: -float(top) for step, top in tops.items()}}))
        floors = {step: -(top + 1.0) for step, top in zip(steps[1:], ladder.tops[:-1], strict=True)}
        rows.append((0, INF, {**load, **floors}))
    nothing = [0.0] * len(most)
    wanted = sum(article.units * sum(article.counts.values()) for article in articles)
    served = -_least(Model(_with(nothing, pieces, -1), most, rows, 0.0))
    rows.append((served, served, pieces))
    could = sum(1 for article in articles if _could_be_whole(article, shelf, places))
    whole = -_least(Model(_with(nothing, entire, -1), most, rows, 0.0))
    rows.append((whole, INF, entire))
    spent = _least(Model(cost, most, rows, -float(network.split_penalty_minor) if served else 0.0))
    return Worth(wanted - served, could - whole, spent)


def _could_be_whole(article: Parts, shelf: dict[tuple[str, str], int], places: Sequence[str]) -> bool:
    alone = [min([article.units, *[shelf[s, at] // count for s, count in article.counts.items()]]) for at in places]
    return 0 < min(article.units, sum(alone)) <= max(alone)


def _with(cost: Sequence[float], entries: dict[int, float], sign: int) -> list[float]:
    return [sign * entries.get(at, each) for at, each in enumerate(cost)]


def _least(model: Model) -> int:
    found = solved(model)
    assert found is not None
    assert abs(found - round(found)) < 1e-4
    return round(found)
