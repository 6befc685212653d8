"""The plans an order may choose from when every unit of stock has a price: the least costly one, exactly.

How much of each SKU a shipment carries is a state: none or all of a SKU that must stay whole, any number of units of
one that may be torn. For every state the cheapest location is found, for all states at once; a plan is a sum of states.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

import numpy as np
from numpy.typing import NDArray

from omscore.routing.joint.answer import minor_of
from omscore.routing.joint.columns import Column, Prices
from omscore.routing.joint.shelf import Cell, Draw, room_cells, room_draws
from omscore.routing.joint.sums import Floats, Sums, Whole
from omscore.routing.joint.terms import Terms, draws_of
from omscore.routing.model import Demand, Stock
from omscore.routing.network import Network
from omscore.routing.problem import Takes, shared_bound
from omscore.routing.together import groups_of

MAX_STATES = 1_024
"""An order with more states keeps its plan; what it could save at most is counted in the bound."""


class Menu:
    """The plans of one order; `alone` is the one it has without the others' help."""

    def __init__(self, number: int, terms: Terms, network: Network, stock: Stock, *, fair: bool) -> None:
        self._number, self._terms, self._fair = number, terms, fair
        self._cells: Mapping[Cell, int] = {}
        self.alone = self._made(minor_of(terms.alone), draws_of(terms.alone, terms.keep))
        # Surcharges that ask what is in a parcel are no prices by mass and location, so such orders keep their plan.
        asked_for = network.rates.flags
        self.is_free = terms.is_free and not any([asked_for.intersection(line.flags) for line in terms.asked.demands])
        self.reach: dict[Cell, int] = {draw.cell: draw.units for draw in (*self.alone.draws, *self.alone.rooms)}
        """The most units the order could draw from each cell."""
        if not self.is_free:
            return
        supply, self._problem = terms.offers(network, stock)
        problem = self._problem
        self._skus, self._pools = supply.skus, terms.asked.pools
        self._places = [place.location_id for place in supply.places]
        if not problem.places:
            self.is_free = False
            return
        self._caps = np.zeros((problem.places, len(self._skus), len(self._pools)), dtype=np.int64)
        for i, sku in enumerate(self._skus):
            for k, place in enumerate(self._places):
                for p, pool in enumerate(self._pools):
                    there = stock[sku].get((place, pool), 0) - terms.keep
                    if problem.caps[i][k] and there > 0:
                        self._caps[k, i, p] = min(there, problem.need[i])
                        cell = (sku, place, pool)
                        self.reach[cell] = max(self.reach.get(cell, 0), int(self._caps[k, i, p]))
        for draw in room_draws(terms.asked, [(place, sum(problem.need)) for place in self._places]):
            self.reach[draw.cell] = draw.units
        self._counts = [self._states(i, need) for i, need in enumerate(problem.need)]
        self._shape = tuple([len(counts) for counts in self._counts])
        self.is_long = prod(self._shape) > MAX_STATES
        if self.is_long:
            self._floor = shared_bound(problem, apart=True)
            return
        self._lay_out()

    def _states(self, i: int, need: int) -> Whole:
        """How many units of a SKU a shipment may carry."""
        is_held = bool(self._problem.holders[i])
        alone = sum([draw.units for draw in self.alone.draws if draw.cell[0] == self._skus[i]])
        is_torn = self._skus[i] in self._terms.torn or not is_held or alone not in (0, need)
        if is_torn and not self._problem.whole:
            return np.arange(need + 1, dtype=np.int64)
        return np.array([0, alone if 0 < alone < need else need], dtype=np.int64)

    def _lay_out(self) -> None:
        """The mass, the units and the shipping price of every state."""
        problem, axes = self._problem, len(self._shape)
        mass = np.zeros(self._shape, dtype=np.int64)
        units = np.zeros(self._shape, dtype=np.int64)
        for i, counts in enumerate(self._counts):
            along = counts.reshape([-1 if axis == i else 1 for axis in range(axes)])
            mass = mass + along * problem.unit_mass[i]
            units = units + along
        self._units = units.ravel()
        flat = mass.ravel()
        ladders = []
        for first, last in zip(problem.starts, problem.starts[1:], strict=False):
            tops, prices = np.array(problem.tops[first:last]), np.array(problem.prices[first:last], dtype=np.float64)
            ladders.append(prices[np.searchsorted(tops, flat)])
        self._ladders = np.array(ladders)
        self._ladder_of = np.array(problem.ladder_of)
        self._const = np.array(problem.const, dtype=np.float64)[:, None]
        self._barred = np.zeros((problem.places, mass.size), dtype=bool)
        left = {room.location_id: room.units_left for room in self._terms.asked.rooms}
        for k, place in enumerate(self._places):
            units_left = left.get(place)
            if units_left is not None:
                self._barred[k] = self._units > units_left
        self._barred[:, self._torn_apart()] = True
        self._barred[:, 0] = True

    def _torn_apart(self) -> NDArray[np.bool_]:
        """The states in which a shipment carries some but not all of what must ship together."""
        wanted: dict[str, list[Demand]] = {}
        for line in self._terms.asked.demands:
            wanted.setdefault(line.sku, []).append(line)
        grid = np.indices(self._shape).reshape(len(self._shape), -1)
        carried = {sku: counts[grid[i]] for i, (sku, counts) in enumerate(zip(self._skus, self._counts, strict=True))}
        names = groups_of(wanted)
        bad = np.zeros(grid.shape[1], dtype=bool)
        for name in sorted(set(names.values())):
            members = [sku for sku, its in names.items() if its == name]
            alls = [carried[sku] == sum([line.units for line in wanted[sku]]) for sku in members if sku in carried]
            if not alls:
                continue
            whole = np.logical_and.reduce(alls) if len(alls) == len(members) else np.zeros_like(bad)
            some = np.logical_or.reduce([carried[sku] > 0 for sku in members if sku in carried])
            bad |= some & ~whole
        return bad

    def number_cells(self, contended: Mapping[Cell, int]) -> None:
        """Remember where the price of each cell stands; a cell that cannot run short costs nothing."""
        self._cells, last = contended, len(contended)
        if self.is_free:
            self._at = np.array(
                [
                    [[contended.get((sku, place, pool), last) for pool in self._pools] for sku in self._skus]
                    for place in self._places
                ]
            )
            rooms = {room.location_id: room_cells(room) for room in self._terms.asked.rooms}
            nowhere = ("", "", "")
            at = [rooms.get(place, (nowhere, nowhere)) for place in self._places]
            self._for_orders = np.array([contended.get(cell, last) for cell, _ in at])
            self._for_units = np.array([contended.get(cell, last) for _, cell in at])

    def _paid(self, prices: Prices) -> tuple[Floats, Floats]:
        """What a unit costs by (location, SKU, pool), and a shipment by location, besides carriage."""
        by_cell = prices.by_keep[self._terms.keep]
        return by_cell[self._at] + by_cell[self._for_units][:, None, None], by_cell[self._for_orders]

    def best(self, prices: Prices) -> tuple[float, Column | None]:
        """The least that a plan costs at these prices, and that plan.

        Shape: no plan where the order keeps its own; the cost is a lower bound then.
        """
        own = self.value(self.alone, prices)
        if not self.is_free:
            return own, None
        each, shipment = self._paid(prices)
        if self.is_long:
            usable = np.where(self._caps > 0, each, np.inf).min(axis=(0, 2))
            if not self._fair:
                return min(own, -prices.unit * sum(self._problem.need)), None
            return min(own, self._floor + float((usable * np.array(self._problem.need)).sum())), None
        value, parts = self._cheapest_sum(self._costs(each, shipment), prices.unit)
        return min(own, value), self._column(parts, each)

    def near(self, prices: Prices, limit: float, most: int) -> tuple[list[Column], bool]:
        """The plans that cost no more than `limit` at these prices, so many at most, and whether these are all.

        Shape: the least costly ones; a location's pools are drawn on in the cheapest way alone.
        """
        if not self.is_free:
            return [], True
        if self.is_long:
            return [], False
        each, shipment = self._paid(prices)
        sums = Sums(self._shape, self._costs(each, shipment), self._problem.penalty, self._terms.most)
        values = self._values(sums, prices.unit)
        states = [(float(values[state]), int(state)) for state in np.flatnonzero(values <= limit)]
        found: list[Column] = []
        for _, parts in sums.nearest(states, limit):
            if len(found) == most:
                return found, False
            column = self._column(parts, each)
            if column is not None:
                found.append(column)
        return found, len(self._pools) == 1

    def value(self, column: Column, prices: Prices) -> float:
        """What a plan of this order costs at these prices."""
        by_cell = prices.by_keep[self._terms.keep]
        drawn = sum(
            [float(by_cell[self._cells.get(draw.cell, -1)]) * draw.units for draw in (*column.draws, *column.rooms)]
        )
        return column.cost + drawn - prices.unit * column.units

    def _costs(self, each: Floats, shipment: Floats) -> Floats:
        """For every location and state the cost of one shipment and its units; infinite where units are missing."""
        places, axes = len(self._places), len(self._shape)
        total = (self._ladders[self._ladder_of] + self._const + shipment[:, None]).reshape(places, *self._shape)
        order = np.argsort(each, axis=2, kind="stable")  # the cheapest pool first, of equal ones the earlier
        price, caps = np.take_along_axis(each, order, axis=2), np.take_along_axis(self._caps, order, axis=2)
        before = np.cumsum(caps, axis=2) - caps
        most = caps.sum(axis=2)
        for i, counts in enumerate(self._counts):
            drawn = np.clip(counts[None, None, :] - before[:, i, :, None], 0, caps[:, i, :, None])
            paid = (drawn * price[:, i, :, None]).sum(axis=1)
            paid[counts[None, :] > most[:, i, None]] = np.inf
            total = total + paid.reshape([places, *[-1 if axis == i else 1 for axis in range(axes)]])
        flat: Floats = total.reshape(places, -1)
        flat[self._barred] = np.inf
        return flat

    def _cheapest_sum(self, cost: Floats, unit: float) -> tuple[float, list[tuple[int, int]]]:
        """The cheapest shipments that reach an allowed state, each from another location: (place, state)."""
        penalty, most, last = self._problem.penalty, self._terms.most, cost.shape[1] - 1
        if not self._fair:
            sums = Sums(self._shape, cost, penalty, most)
            values = self._values(sums, unit)
            state = int(values.argmin())
            return float(values[state]), sums.parts(state)
        least, source = cost.min(axis=0), cost.argmin(axis=0)
        found, parts = float(least[last]), [last]
        if most != 1 and last > 1:
            pair = least + least[::-1] + penalty  # a state and what it lacks
            at = int(pair.argmin())
            if pair[at] < found:
                found, parts = float(pair[at]), [at, last - at]
        many_could_be_less = most not in (1, 2) and found > 3 * float(least.min()) + 2 * penalty
        if many_could_be_less or len({int(source[part]) for part in parts}) < len(parts):
            sums = Sums(self._shape, cost, penalty, most)
            found = float(sums.least[last])
            return found, sums.parts(last) if found < np.inf else []
        return found, [(int(source[part]), part) for part in parts] if found < np.inf else []

    def _values(self, sums: Sums, unit: float) -> Floats:
        """What it costs to send a state and no more, less what sending it is worth; infinite where it may not be."""
        if self._fair:
            value = np.full(len(self._units), np.inf)
            value[-1] = sums.least[-1]
            return value
        value = sums.least - unit * self._units
        if self._terms.asked.profile.all_or_nothing:
            wanted = sum([line.units for line in self._terms.asked.demands])
            value[(self._units != wanted) & (self._units != 0)] = np.inf
        return value

    def _column(self, parts: Sequence[tuple[int, int]], each: Floats) -> Column | None:
        """The plan of these shipments; None for no plan at all."""
        takes: Takes = sorted(
            [
                (i, place, units)
                for place, state in parts
                for i, step in enumerate(np.unravel_index(state, self._shape))
                if (units := int(self._counts[i][step]))
            ]
        )
        draws = []
        for i, place, units in takes:
            left = units
            for p in sorted(range(len(self._pools)), key=lambda p: (each[place, i, p], p)):
                part = min(left, int(self._caps[place, i, p]))
                if part:
                    cell = (self._skus[i], self._places[place], self._pools[p])
                    draws.append(Draw(cell=cell, units=part, keep=self._terms.keep))
                    left -= part
        if not takes and self._fair:
            return None
        cost = self._problem.cost(takes) if takes else 0
        return self._made(cost, draws)

    def _made(self, cost: int, draws: Sequence[Draw]) -> Column:
        return Column(
            order=self._number,
            cost=cost,
            units=sum([draw.units for draw in draws]),
            draws=tuple(sorted(draws, key=lambda draw: draw.cell)),
            rooms=tuple(room_draws(self._terms.asked, [(draw.cell[1], draw.units) for draw in draws])),
        )
