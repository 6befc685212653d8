"""The cheapest plan by a mixed-integer program, solved by HiGHS: written from the rules, not from omscore's routing.

A location ships in one step of its prices at most; an article that one location can fill comes from one of those, any
other one in whole units from several.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import highspy
import numpy as np

from omscore.routing import Network, RoutingRequest, Stock
from omscore.routing.ladders import Ladder

INF = float("inf")


class Model(NamedTuple):
    """A program ready for the solver. Shape: rows are lower <= sum(value * column) <= upper."""

    cost: list[float]
    most: list[float]
    rows: list[tuple[float, float, dict[int, float]]]
    offset: float


def model_of(request: RoutingRequest, network: Network, stock: Stock, *, most: int = 0) -> Model:
    """The program of an order; `most` caps the number of locations that ship, 0 is no cap."""
    places = network.sorted_out(request.channel, request.allowed_locations, request.destination.country)[0]
    wanted: dict[str, int] = {}
    mass: dict[str, int] = {}
    for demand in request.demands:
        wanted[demand.sku] = wanted.get(demand.sku, 0) + demand.units
        mass[demand.sku] = network.billed_g(demand.mass_g, demand.volume_mm3)
    held = {
        sku: [
            sum(
                max(0, stock.get(sku, {}).get((p.location_id, pool), 0) - request.threshold_units)
                for pool in request.pools
            )
            for p in places
        ]
        for sku in wanted
    }
    need = {sku: min(units, sum(held[sku])) for sku, units in wanted.items()}
    total = sum(need[sku] * mass[sku] for sku in need)
    cost: list[float] = []
    upper: list[float] = []
    rows: list[tuple[float, float, dict[int, float]]] = []
    steps: list[list[int]] = []
    for place in places:
        ladder = network.ladder(place, request.destination, total)
        assert isinstance(ladder, Ladder)
        fixed = network.fixed_minor(place, request.destination) + network.split_penalty_minor
        steps.append([])
        for price in ladder.prices:
            steps[-1].append(len(cost))
            cost.append(price + fixed)
            upper.append(1)
        rows.append((-INF, 1, dict.fromkeys(steps[-1], 1.0)))
    loads: list[dict[int, float]] = []
    floors: list[dict[int, float]] = []
    for at, place in enumerate(places):
        ladder = network.ladder(place, request.destination, total)
        assert isinstance(ladder, Ladder)
        loads.append({column: -float(top) for column, top in zip(steps[at], ladder.tops, strict=True)})
        floors.append({column: -(top + 1.0) for column, top in zip(steps[at][1:], ladder.tops[:-1], strict=True)})
    for sku, units in need.items():
        if not units:
            continue
        whole = max(held[sku]) >= units
        taken: dict[int, float] = {}
        for at, there in enumerate(held[sku]):
            if not there or (whole and there < units):
                continue
            column = len(cost)
            cost.append(0)
            upper.append(1 if whole else min(there, units))
            taken[column] = 1
            loads[at][column] = floors[at][column] = float(mass[sku] * (units if whole else 1))
            rows.append((-INF, 0, {column: 1, **dict.fromkeys(steps[at], -upper[column])}))
        rows.append((1, 1, taken) if whole else (units, units, taken))
    rows += [(-INF, 0, load) for load in loads]
    rows += [(0, INF, floor) for floor in floors]  # a heavier step is not to be had though it may be cheaper
    if most:
        rows.append((-INF, most, {column: 1.0 for columns in steps for column in columns}))
    return Model(cost, upper, rows, -float(network.split_penalty_minor) if total or any(need.values()) else 0.0)


def solved(model: Model) -> float | None:
    """The least cost in minor units; None when no plan is allowed."""
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(model.cost), len(model.rows)
    lp.col_cost_ = np.array(model.cost, dtype=float)
    lp.col_lower_ = np.zeros(len(model.cost))
    lp.col_upper_ = np.array(model.most, dtype=float)
    lp.row_lower_ = np.array([lower for lower, _, _ in model.rows])
    lp.row_upper_ = np.array([upper for _, upper, _ in model.rows])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    starts = [0]
    index: list[int] = []
    value: list[float] = []
    for _, _, entries in model.rows:
        index += entries
        value += entries.values()
        starts.append(len(index))
    assert all(begin <= end for begin, end in pairwise(starts))
    lp.a_matrix_.start_ = np.array(starts, dtype=np.int32)
    lp.a_matrix_.index_ = np.array(index, dtype=np.int32)
    lp.a_matrix_.value_ = np.array(value, dtype=float)
    lp.integrality_ = [highspy.HighsVarType.kInteger] * len(model.cost)
    lp.offset_ = model.offset
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.silent()
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.setOptionValue("mip_abs_gap", 1e-7)
    solver.passModel(lp)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    return float(solver.getInfo().objective_function_value)
