"""The cheapest plan of a batch of orders by one mixed-integer program, solved by HiGHS: written from the rules of joint
routing, not from omscore's way to do it.

Every order is served what it gets one by one, keeps whole what it gets whole, and uses no more locations than its cap;
cells of stock are shared. Without fairness an article may be left out, and one that no location has enough of, or of
which an order gets a part one by one, may be served in part. Orders route by `cheapest` without filters here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import highspy
import numpy as np

from omscore.routing import Decision, Network, RoutingRequest, Stock
from omscore.routing.ladders import Ladder
from tests.kit.mip import INF, Model


class Solved(NamedTuple):
    """What the solver came to. Units: minor; `lower` is its proof."""

    cost: float
    lower: float


def joint_model(
    requests: Sequence[RoutingRequest],
    alone: Sequence[Decision],
    network: Network,
    stock: Stock,
    *,
    fair: bool = True,
) -> Model:
    """The program of a batch; `alone` are the decisions of one order after the other."""
    cost: list[float] = []
    most: list[float] = []
    rows: list[tuple[float, float, dict[int, float]]] = []
    drawn: dict[tuple[str, str, str], list[tuple[int, int]]] = {}
    served: dict[int, float] = {}

    def column(price: float, upper: float) -> int:
        cost.append(price)
        most.append(upper)
        return len(cost) - 1

    for request, decision in zip(requests, alone, strict=True):
        need: dict[str, int] = {}
        sources: dict[str, set[str]] = {}
        for part in decision.assignments:
            need[part.sku] = need.get(part.sku, 0) + part.units
            sources.setdefault(part.sku, set()).add(part.location_id)
        mass = {demand.sku: demand.mass_g for demand in request.demands}
        places = network.sorted_out(request.channel, request.allowed_locations, request.destination.country)[0]
        whole = {sku: len(sources[sku]) == 1 for sku in need}
        if not fair:
            got, need = need, {}
            for sku in mass:
                there_are = [sum(_usable(request, stock, sku, place.location_id).values()) for place in places]
                wanted = sum(demand.units for demand in request.demands if demand.sku == sku)
                need[sku] = min(sum(there_are), wanted)
                whole[sku] = max(there_are) >= need[sku] and got.get(sku, 0) in (0, need[sku]) and whole.get(sku, True)
        need = {sku: units for sku, units in need.items() if units}
        if not need:
            continue
        first = column(-network.split_penalty_minor, 1)  # the first shipment is no split
        total = sum(units * mass[sku] for sku, units in need.items())
        country = request.destination.country
        steps_of: list[list[int]] = []
        of_place: list[dict[str, tuple[int, dict[int, float]]]] = []
        for place in places:
            ladder = network.rates.ladder(place.country, country, total)
            assert isinstance(ladder, Ladder)
            fixed = network.fixed_minor(place, request.destination) + network.split_penalty_minor
            held = {sku: _usable(request, stock, sku, place.location_id) for sku in need}
            if not any(any(pools.values()) for pools in held.values()):
                continue
            steps = [column(price + fixed, 1) for price in ladder.prices]
            steps_of.append(steps)
            rows.append((-INF, 1, dict.fromkeys(steps, 1.0)))
            load = {step: -float(top) for step, top in zip(steps, ladder.tops, strict=True)}
            floor = {step: -(top + 1.0) for step, top in zip(steps[1:], ladder.tops[:-1], strict=True)}
            here: dict[str, tuple[int, dict[int, float]]] = {}
            for sku, pools in held.items():
                units = need[sku]
                if not sum(pools.values()) or (whole[sku] and sum(pools.values()) < units):
                    continue
                draws: dict[int, float] = {}
                for pool, there in pools.items():
                    if there:
                        draw = column(0, min(there, units))
                        draws[draw] = 1.0
                        drawn.setdefault((sku, place.location_id, pool), []).append((draw, request.threshold_units))
                        load[draw] = floor[draw] = float(mass[sku])
                taken = column(0, 1)  # whether any of it comes from here; a whole article comes in all its units
                rows.append(
                    (0, 0, {**draws, taken: -float(units)}) if whole[sku] else (-INF, 0, {**draws, taken: -units})
                )
                rows.append((-INF, 0, {taken: 1.0, **dict.fromkeys(steps, -1.0)}))
                here[sku] = taken, draws
            of_place.append(here)
            rows.append((-INF, 0, load))
            rows.append((0, INF, floor))
        rows.append((-INF, 0, {first: 1.0, **{step: -1.0 for steps in steps_of for step in steps}}))
        for sku, units in need.items():
            given = [at[sku][1] for at in of_place if sku in at]
            drawn_units = {draw: 1.0 for draws in given for draw in draws}
            served.update(drawn_units)
            rows.append((units if fair else 0, units, drawn_units))
            if whole[sku] or not request.profile.split_lines:
                rows.append((-INF, 1, {at[sku][0]: 1.0 for at in of_place if sku in at}))
        cap = request.profile.most_locations(request.value)
        if cap:
            rows.append((-INF, cap, {step: 1.0 for steps in steps_of for step in steps}))
    for (sku, place_id, pool), draws_there in sorted(drawn.items()):
        for keep in {keep for _, keep in draws_there}:
            strict = {draw: 1.0 for draw, its in draws_there if its >= keep}
            rows.append((-INF, stock[sku][place_id, pool] - keep, strict))
    rows.append((sum(part.units for decision in alone for part in decision.assignments), INF, served))
    return Model(cost, most, rows, 0.0)


def _usable(request: RoutingRequest, stock: Stock, sku: str, place_id: str) -> dict[str, int]:
    cells = stock.get(sku, {})
    return {pool: max(0, cells.get((place_id, pool), 0) - request.threshold_units) for pool in request.pools}


def solved_within(
    model: Model, *, time_limit_s: float | None = None, gap: float = 0.0, presolve: bool = False
) -> Solved:
    """The best plan the solver finds in the time, and its bound; infinite when it finds none.

    With its presolve HiGHS 1.16 is quicker, and now and then takes a program for infeasible that is not.
    """
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(model.cost), len(model.rows)
    lp.col_cost_ = np.array(model.cost, dtype=float)
    lp.col_lower_ = np.zeros(len(model.cost))
    lp.col_upper_ = np.array(model.most, dtype=float)
    lp.row_lower_ = np.array([lower for lower, _, _ in model.rows], dtype=float)
    lp.row_upper_ = np.array([upper for _, upper, _ in model.rows], dtype=float)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    starts = np.cumsum([0] + [len(entries) for _, _, entries in model.rows])
    lp.a_matrix_.start_ = starts.astype(np.int32)
    lp.a_matrix_.index_ = np.array([c for _, _, entries in model.rows for c in entries], dtype=np.int32)
    lp.a_matrix_.value_ = np.array([v for _, _, entries in model.rows for v in entries.values()], dtype=float)
    lp.integrality_ = [highspy.HighsVarType.kInteger] * len(model.cost)
    lp.offset_ = model.offset
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.silent()
    for name, value in (("parallel", "off"), ("random_seed", 1), ("mip_rel_gap", gap), ("mip_abs_gap", 1e-6)):
        solver.setOptionValue(name, value)
    solver.setOptionValue("presolve", "on" if presolve else "off")
    if time_limit_s is not None:
        solver.setOptionValue("time_limit", time_limit_s)
    solver.passModel(lp)
    solver.run()
    info = solver.getInfo()
    return Solved(float(info.objective_function_value), float(info.mip_dual_bound))
