"""`omscore rules-cost`: what the routing rules of a shop cost on the orders it has to send."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from omscore.app import Oms, open_shop
from omscore.cli.report import json_option, write_json
from omscore.cli.tables import console, counted, facts, heading, table
from omscore.orders.model import Order
from omscore.routing.rulescost import rules_cost
from omscore.routing.whatif import Question


@click.command(name="rules-cost")
@click.argument("config", type=click.Path(path_type=Path, dir_okay=False), metavar="CONFIG")
@click.option("--most", type=click.IntRange(1), default=1_000, show_default=True, help="How many orders, latest first.")
@json_option
def rules_cost_command(config: Path, most: int, json_path: Path | None) -> None:
    """Say what the routing rules cost in money.

    Every order with units that are not picked yet is routed by its rules and without any, on the stock as it stands.
    CONFIG is the shop.toml. Nothing is recorded.
    """
    out = console()
    with open_shop(config) as oms:
        found = rules_cost(_questions(oms, most), oms.shop.currency)
    out.print(heading(f"What the rules cost on {counted(found.orders, 'order')}"))
    out.print(
        facts(
            (
                ("By the rules", f"{found.cost} for {counted(found.compared, 'order')} that send the same either way"),
                ("Without", str(found.optimum)),
                ("They cost", f"{found.cost - found.optimum} ({found.share:.1%})"),
                ("Left over", f"{counted(found.units_left, 'unit')} more than without" if found.units_left else ""),
            )
        )
    )
    if found.rules:
        out.print()
        rows = [
            (each.profile, each.rule, str(each.saved), str(each.orders), str(each.units) if each.units else "")
            for each in found.rules
        ]
        out.print(table(("Profile", "Without this rule", "Saves", "Orders", "More units"), rows))
    write_json(
        json_path,
        {
            "orders": found.orders,
            "compared": found.compared,
            "cost": found.cost,
            "optimum": found.optimum,
            "units_left": found.units_left,
            "rules": [
                {
                    "profile": each.profile,
                    "rule": each.rule,
                    "saved": each.saved,
                    "orders": each.orders,
                    "units": each.units,
                }
                for each in found.rules
            ],
        },
    )


def _questions(oms: Oms, most: int) -> Iterator[Question]:
    """The routing questions of the latest orders that have something left to route."""
    for order_id in reversed(oms.listed(Order, "placed")):
        order = oms.look(Order, order_id)
        if any(line.quantities.waiting + line.quantities.allocated for line in order.lines):
            yield oms.routing_question(order_id)
            most -= 1
            if not most:
                return
