"""The search for a joint plan: stock is priced, every order names its best plan at these prices, and so on until none
has a better one; then whole plans are combined.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil

import numpy as np

from omscore.records import frozen
from omscore.routing.joint.answer import minor_of
from omscore.routing.joint.columns import Column, Prices
from omscore.routing.joint.master import Master
from omscore.routing.joint.menu import Menu
from omscore.routing.joint.shelf import Cell, room_left
from omscore.routing.joint.terms import Terms
from omscore.routing.model import Stock
from omscore.routing.network import Network

MOST_NEAR, MOST_PLANS = 20, 6_000
"""How many plans are looked at that could still make the joint plan better: of each order at least, and of all."""

FAR_OFF = 0.01
"""So far from the bound, more plans are looked for before any are combined; as a share of the cost."""

ENOUGH = 2e-4
"""No better plan is looked for when it could save no larger share of the cost."""

MOST_TRIES = 20
"""How often plans are combined again because one of them broke a rule of its order."""

PRICING_SHARE = 0.6
"""The share of the time that goes into finding plans at most; the rest goes into combining them."""

EPSILON = 1e-6
ROUNDING = 1e-3
"""More than adding up a batch in floating point can be wrong by. Units: minor."""


@frozen(kw_only=True)
class Found:
    """One plan for each order, and a cost in minor units that no joint plan can beat."""

    columns: tuple[Column, ...]
    lower: int
    is_stopped: bool


def search(
    terms: Sequence[Terms],
    network: Network,
    stock: Stock,
    *,
    fair: bool,
    left_s: Callable[[], float],
    tell: Callable[[str], None],
) -> Found:
    """The best combination found; at worst the plans the orders have one by one."""
    if not terms:
        return Found(columns=(), lower=0, is_stopped=False)
    menus = [Menu(number, each, network, stock, fair=fair) for number, each in enumerate(terms)]
    keeps = sorted({0} | {each.keep for each in terms})  # rooms keep nothing back
    cells, limits = _contended(menus, terms, stock, keeps)
    for menu in menus:
        menu.number_cells(cells)
    alone = [menu.alone for menu in menus]
    # With fairness every plan serves the units its order must be served.
    master = Master(len(menus), cells, limits, 0 if fair else sum([column.units for column in alone]))
    master.add(alone)
    nothing = Prices(by_keep={keep: np.zeros(len(cells) + 1) for keep in keeps})
    master.add([column for menu in menus for _, column in (menu.best(nothing),) if column is not None])
    tell(f"{len(cells)} cells of stock can run short")
    budget_s = left_s() * (1 - PRICING_SHARE)
    lower, prices, is_stopped = _priced(menus, master, lambda: left_s() - budget_s, tell)
    judge = _Judge(terms, network)
    cost = _cost(master.swapped(alone, left_s))
    if prices is not None and cost - lower > FAR_OFF * cost:  # the plans that mix well do not go together as wholes
        for menu in menus:
            if left_s() > 0:
                limit = menu.best(prices)[0] + cost - lower + EPSILON
                master.add(menu.near(prices, limit, MOST_NEAR)[0])
    later_s = left_s() / 2
    chosen, _ = _combined(judge, master, alone, lambda: left_s() - later_s, tell)
    while prices is not None and left_s() > 0:
        cost = _cost(chosen)
        if cost - lower <= ENOUGH * cost:
            break
        most, is_complete = max(MOST_NEAR, MOST_PLANS // len(menus)), True
        for menu in menus:
            if left_s() <= 0:
                is_complete = False
                break
            columns, is_all = menu.near(prices, menu.best(prices)[0] + cost - lower + EPSILON, most)
            is_complete &= is_all
            master.add(columns)
        tell(
            f"{len(master.columns)} plans to combine, {'all' if is_complete else 'some'} of those that could be better"
        )
        chosen, bound = _combined(judge, master, chosen, left_s, tell)
        if is_complete:
            lower = max(lower, ceil(bound - ROUNDING))
        if is_complete or _cost(chosen) == cost:
            break
    return Found(columns=tuple(chosen), lower=lower, is_stopped=is_stopped or left_s() <= 0)


def _cost(columns: Sequence[Column]) -> int:
    return sum([column.cost for column in columns])


def _contended(
    menus: Sequence[Menu], terms: Sequence[Terms], stock: Stock, keeps: Sequence[int]
) -> tuple[dict[Cell, int], dict[int, list[int]]]:
    """The cells that can run short, numbered, and for each number of units kept back what they may give."""
    rooms = room_left([each.asked for each in terms])
    wanted: dict[Cell, dict[int, int]] = {}
    for menu, each in zip(menus, terms, strict=True):
        for cell, units in menu.reach.items():
            if cell[0] or cell in rooms:
                keep = each.keep if cell[0] else 0
                of_cell = wanted.setdefault(cell, {})
                of_cell[keep] = of_cell.get(keep, 0) + units
    cells: dict[Cell, int] = {}
    limits: dict[int, list[int]] = {keep: [] for keep in keeps}
    for (sku, place, pool), by_keep in sorted(wanted.items()):
        there = stock[sku].get((place, pool), 0) if sku else rooms[sku, place, pool]
        most = [(there - keep, sum([units for k, units in by_keep.items() if k >= keep])) for keep in keeps]
        if any(units > limit for limit, units in most if units):
            cells[sku, place, pool] = len(cells)
            for keep, (limit, _) in zip(keeps, most, strict=True):
                limits[keep].append(max(0, limit))
    return cells, limits


def _priced(
    menus: Sequence[Menu], master: Master, left_s: Callable[[], float], tell: Callable[[str], None]
) -> tuple[int, Prices | None, bool]:
    """Adds plans until none is missing that could make the mix of plans cheaper.

    Shape: a cost none can beat, the prices that prove it, and whether the time was up before.
    """
    lower, proof, rounds = 0.0, None, 0
    while left_s() > 0:
        relaxed = master.relaxed(max(0.0, left_s()))
        if relaxed is None:
            break
        cost, of_order, prices = relaxed
        total, fresh = -master.worth(prices), list[Column]()
        for number, menu in enumerate(menus):
            if left_s() <= 0:
                return ceil(lower - ROUNDING), proof, True
            value, column = menu.best(prices)
            total += value
            if column is not None and menu.value(column, prices) < of_order[number] - EPSILON:
                fresh.append(column)
        if total > lower:
            lower, proof = total, prices
        rounds += 1
        tell(f"round {rounds}: {cost:.1f} at best when plans are mixed, {lower:.1f} proven, {len(fresh)} plans more")
        if cost - lower < EPSILON * max(1.0, cost) or not master.add(fresh):
            return ceil(lower - ROUNDING), proof, False
    return ceil(lower - ROUNDING), proof, True


class _Judge:
    """Whether a plan keeps the rules of its order: the order itself is routed on the units of the plan alone."""

    def __init__(self, terms: Sequence[Terms], network: Network) -> None:
        self._terms, self._network = terms, network
        self._known: dict[Column, bool] = {}

    def allows(self, column: Column) -> bool:
        if column not in self._known:
            decision = self._terms[column.order].decided(column.draws, self._network)
            self._known[column] = decision is not None and minor_of(decision) == column.cost
        return self._known[column]


def _combined(
    judge: _Judge, master: Master, start: list[Column], left_s: Callable[[], float], tell: Callable[[str], None]
) -> tuple[list[Column], float]:
    """One plan for each order that keeps its rules, at worst `start`; and a cost no other combination beats."""
    count = len(start)
    bound = 0.0
    for _ in range(MOST_TRIES):
        begun = master.swapped(start, left_s)
        tell(f"swapped to {_cost(begun)}")
        chosen, bound = master.whole(begun, left_s()) if left_s() > 0 else (begun, 0.0)
        tell(f"combined to {_cost(chosen)}")
        alone = master.columns[:count]
        broken = {column.order for column in chosen if column != alone[column.order] and not judge.allows(column)}
        if not broken:
            return chosen, bound
        for column in master.columns[count:]:
            if column.order in broken and not judge.allows(column):
                master.strike(column)
    return start, bound
