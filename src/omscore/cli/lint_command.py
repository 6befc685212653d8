"""`omscore lint`: what is odd about a shop's routing rules, and which of them its orders did not need."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import click

from omscore.cli.queues_command import queued
from omscore.cli.records import Records, open_records
from omscore.cli.report import json_option, write_json
from omscore.cli.tables import console, counted, table
from omscore.engine.plans.sourcing import facts_of
from omscore.inventory.model import ListedItem
from omscore.orders.model import Order
from omscore.policy.loading import load_shop
from omscore.routing.choices import OrderFacts
from omscore.routing.lint import lint as lint_rules
from omscore.routing.lint import lint_use, used_by
from omscore.routing.lintqueues import lint_queues, lint_stays

FOUND = 1
"""The exit code when something was found."""


@click.command()
@click.argument("config", type=click.Path(path_type=Path, dir_okay=False), metavar="CONFIG")
@click.option(
    "--days", type=click.IntRange(1, 3_650), help="Also look at the orders of so many days, in the shop's own database."
)
@json_option
@click.pass_context
def lint(ctx: click.Context, config: Path, days: int | None, json_path: Path | None) -> None:
    """Find what is odd about the routing rules of a shop.

    CONFIG is its shop.toml. Ends with exit code 1 when something was found: choices that no order can reach, profiles
    nothing uses, filters that let no location pass or refuse none, filters that contradict each other, queues no order
    comes into.
    """
    out = console()
    shop = load_shop(config)
    rulebook = shop.rulebook()
    found = [
        *lint_rules(rulebook, shop.network(), shop.channels, shop.queues),
        *lint_queues(shop.queues, rulebook, shop.flows.cancel_waiting_after_days),
    ]
    used = None
    if days is not None:
        with open_records(config) as records:
            used = used_by(rulebook, _facts(records, days))
            inside = {name: len(orders) for name, orders in queued(records).items()}
        found += [*lint_use(rulebook, used), *lint_stays(shop.queues, inside)]
    if found:
        out.print(table(("", "Where", "What"), [(each.severity, each.path, each.says) for each in found]))
    rules = f"{counted(len(rulebook.profiles), 'profile')} and {counted(len(rulebook.choices), 'choice')}"
    looked = f", {counted(used.orders, 'order')} looked at" if used else ""
    out.print(f"{counted(len(found), 'finding') if found else 'Nothing found'} in {rules}{looked}.")
    write_json(
        json_path,
        {
            "findings": [{"severity": each.severity, "path": each.path, "says": each.says} for each in found],
            "orders": used.orders if used else None,
            "taken": used.taken if used else None,
        },
    )
    ctx.exit(FOUND if found else 0)


def _facts(records: Records, days: int) -> Iterator[OrderFacts]:
    """What choices look at, of every order placed within so many days of the last one."""
    streams = records.storage.listed("placed", "", limit=10**9)
    since: datetime | None = None
    for stream in reversed(streams):
        order = records.look(Order, stream.partition("/")[2])
        if since is None:
            since = order.placed_at - timedelta(days=days)
        if order.placed_at < since:
            return
        yield facts_of(order, [records.look(ListedItem, line.agreed.sku).item for line in order.lines])
