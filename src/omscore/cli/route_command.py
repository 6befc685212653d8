"""`omscore route --batch`: what routing all waiting orders jointly would save over routing them one by one."""

from __future__ import annotations

from pathlib import Path

import click

from omscore.app import Oms, open_shop
from omscore.cli.report import json_option, write_json
from omscore.cli.tables import console, counted, facts, heading, table
from omscore.money import Money
from omscore.orders.model import Order
from omscore.routing.joint import JointOrder, JointPlan, route_jointly
from omscore.routing.model import Decision


@click.command()
@click.option(
    "--batch",
    "config",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="CONFIG",
    help="The shop.toml whose orders are routed.",
)
@click.option("--most", type=click.IntRange(1), default=1_000, show_default=True, help="How many orders, oldest first.")
@click.option("--seconds", type=click.FloatRange(0), default=60, show_default=True, help="How long to look at most.")
@click.option("--not-fair", is_flag=True, help="Units may go to another order than the one whose turn it is.")
@json_option
def route(config: Path, most: int, seconds: float, not_fair: bool, json_path: Path | None) -> None:
    """Try out what routing the orders jointly would save.

    Every order with units that are not picked yet is routed one by one, oldest first, and then all of them jointly, on
    the stock as it stands with those units put back. Nothing is recorded: it is a dry run. Needs the extra `opt`.
    """
    out = console()
    with open_shop(config) as oms:
        questions = oms.routing_questions(_waiting(oms, most))
        network = oms.shop.network()
    plan = route_jointly(
        [question.request for question in questions],
        network,
        questions[0].stock if questions else {},
        fair=not not_fair,
        time_limit_s=seconds,
    )
    out.print(heading(f"{counted(len(plan.orders), 'order')} routed jointly (a dry run: nothing is recorded)"))
    out.print(
        facts(
            (
                ("Units sent", f"{plan.units}, one by one {plan.alone_units}"),
                ("One by one", str(plan.alone_cost)),
                ("Jointly", str(plan.cost)),
                ("Saving", f"{plan.saved} ({_share(plan):.1%})"),
                ("Proven", f"no joint plan costs less than {plan.lower}: {plan.gap} could still be saved at most"),
                ("Stopped", f"the {seconds:g} seconds were up" if plan.is_stopped else ""),
            )
        )
    )
    if not questions:
        out.print("No order has units left to route: all are picked, sent or cancelled.")
    if plan.changed_orders:
        out.print()
        rows = [
            (each.order_id, _sources(each.alone), _sources(each.decision), str(_saved(each, network.currency)))
            for each in plan.changed_orders
        ]
        out.print(table(("Order", "One by one", "Jointly", "Saves"), rows, right=("Saves",)))
    write_json(json_path, _figures(plan, network.currency))


def _waiting(oms: Oms, most: int) -> list[str]:
    """The oldest orders that have something left to route."""
    found: list[str] = []
    for order_id in oms.listed(Order, "placed"):
        order = oms.look(Order, order_id)
        if any(line.quantities.waiting + line.quantities.allocated for line in order.lines):
            found.append(order_id)
            if len(found) == most:
                break
    return found


def _share(plan: JointPlan) -> float:
    return plan.saved.minor / plan.alone_cost.minor if plan.alone_cost.minor else 0.0


def _saved(order: JointOrder, currency: str) -> Money:
    return Money(order.saved_minor, currency)


def _sources(decision: Decision) -> str:
    """What comes from where, in a few words."""
    parts = [f"{part.units} {part.sku} from {part.location_id}" for part in decision.assignments]
    return ", ".join(parts) or "nothing"


def _figures(plan: JointPlan, currency: str) -> dict[str, object]:
    return {
        "method": plan.method,
        "orders": len(plan.orders),
        "alone_units": plan.alone_units,
        "units": plan.units,
        "alone_cost": plan.alone_cost,
        "cost": plan.cost,
        "saved": plan.saved,
        "lower": plan.lower,
        "gap": plan.gap,
        "is_stopped": plan.is_stopped,
        "changed": [
            {
                "order_id": each.order_id,
                "saved": _saved(each, currency),
                "alone": _parts(each.alone),
                "joint": _parts(each.decision),
            }
            for each in plan.changed_orders
        ],
    }


def _parts(decision: Decision) -> list[dict[str, object]]:
    return [
        {"line": part.line_id, "sku": part.sku, "location": part.location_id, "pool": part.pool, "units": part.units}
        for part in decision.assignments
    ]
