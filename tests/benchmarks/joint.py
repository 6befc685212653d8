"""G11: a batch of orders routed jointly, against routing them one by one, and against one program of all of them."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from omscore.routing import JointPlan, Network, RoutingRequest, Stock, route_jointly
from tests.benchmarks.goals import Goal, Result, Shown
from tests.benchmarks.rounds import Run, speed, timed
from tests.benchmarks.routing import country, orders, shelves
from tests.kit.joint_mip import Solved, joint_model, solved_within

WORSE = Goal(
    name="G11",
    what="joint routing of 1,000 orders, largest cost against one by one",
    must=1.0,
    stretch=0.987,
    at_least=False,
    shown=Shown.NUMBER,
)
SHARE = Goal(
    name="G11 saving",
    what="share of the saving of one program of all orders that joint routing reaches, 60 orders on thin shelves",
    must=0.80,
    stretch=0.95,
)
SPEED = Goal(
    name="G11 speed",
    what="joint routing with its proof, against highspy from model to optimum within 1 in 10,000, the same batches",
    must=1,
    stretch=5,
    shown=Shown.TIMES,
)
TIME_LIMIT_S = 60.0


def measure_joint(run: Run) -> Iterator[Result]:
    """A thousand orders at once, then smaller batches that a program can solve as well."""
    ratios, gaps = [], []
    for seed in range(run.rounds):
        random = Random(500 + seed)  # noqa: S311
        network, stock = country(random), shelves(random, share=0.15, most=4)
        plan = route_jointly(orders(random, run.count(1_000), units=1), network, stock, time_limit_s=TIME_LIMIT_S)
        assert plan.units >= plan.alone_units, "no fewer units are served"
        ratios.append(plan.cost.minor / plan.alone_cost.minor)
        gaps.append(plan.gap.minor / plan.cost.minor)
        run.tell(f"{WORSE.name}: round {seed + 1} of {run.rounds}: {1 - ratios[-1]:.2%} saved, {gaps[-1]:.3%} unproven")
    yield Result(goal=WORSE, ratios=(max(ratios),), figures={"saved": 1 - sum(ratios) / len(ratios), "gap": max(gaps)})
    yield from _against_program(run)


def _against_program(run: Run) -> Iterator[Result]:
    shares, pairs = [], []
    for seed in range(run.rounds):
        random = Random(600 + seed)  # noqa: S311
        network, stock = country(random), shelves(random, share=0.25, most=2)
        share, ours_s, theirs_s = _both(orders(random, run.count(60), units=1), network, stock)
        shares.append(share)
        pairs.append((ours_s, theirs_s))
        says = f"{share:.1%} of the saving, {ours_s:.2f} s against {theirs_s:.2f} s"
        run.tell(f"{SPEED.name}: round {seed + 1} of {run.rounds}: {says}")
    yield Result(goal=SHARE, ratios=tuple(shares), figures={})
    yield speed(SPEED, tuple(pairs), each=run.count(60))


def _both(batch: list[RoutingRequest], network: Network, stock: Stock) -> tuple[float, float, float]:
    """The share of the program's saving, and the seconds of ours and of theirs."""
    plans: list[JointPlan] = []
    ours_s = timed(lambda: plans.append(route_jointly(batch, network, stock, time_limit_s=TIME_LIMIT_S)))
    alone = [order.alone for order in plans[0].orders]
    found: list[Solved] = []

    def program() -> None:
        model = joint_model(batch, alone, network, stock)
        found.append(solved_within(model, time_limit_s=TIME_LIMIT_S, gap=1e-4, presolve=True))

    theirs_s = timed(program)
    could_save = plans[0].alone_cost.minor - found[0].cost
    return plans[0].saved.minor / could_save if could_save >= 1 else 1.0, ours_s, theirs_s
