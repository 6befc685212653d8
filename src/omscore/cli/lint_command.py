"""`omscore lint`: what is odd about a shop's routing rules, and which of them its orders did not need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import click

from omscore.cli.backends import lint_backends
from omscore.cli.queues_command import queued
from omscore.cli.records import Records, open_records
from omscore.cli.report import json_option, write_json
from omscore.cli.tables import console, counted, table
from omscore.engine.contexts import MOVING
from omscore.engine.plans.requests import facts_of, request_as_placed
from omscore.inventory.model import ListedItem
from omscore.inventory.peaks import most_sellable
from omscore.items import Item
from omscore.orders.model import Order
from omscore.policy.loading import load_shop
from omscore.policy.shop import Shop
from omscore.quantities import Move
from omscore.routing import RoutingRequest
from omscore.routing.choices import OrderFacts, Rulebook
from omscore.routing.lint import lint as lint_rules
from omscore.routing.lint import lint_use, used_by
from omscore.routing.lintorders import lint_orders
from omscore.routing.lintqueues import lint_queues, lint_stays
from omscore.routing.lintstock import keeps_back, lint_kept_back

FOUND = 1
"""The exit code when something was found."""


@click.command()
@click.argument("config", type=click.Path(path_type=Path, dir_okay=False), metavar="CONFIG")
@click.option(
    "--days", type=click.IntRange(1, 3_650), help="Also look at the orders of so many days, in the shop's own database."
)
@click.option("--secrets-elsewhere", is_flag=True, help="Do not look for secrets, which are not on this machine.")
@json_option
@click.pass_context
def lint(ctx: click.Context, config: Path, days: int | None, secrets_elsewhere: bool, json_path: Path | None) -> None:
    """Find what is odd about a shop.toml, its routing rules above all.

    CONFIG is the file. Ends with exit code 1 when something was found: choices that no order can reach, profiles
    nothing uses, filters that refuse no location, filters that together leave none and which of them it takes for that,
    queues no order comes into, backends that are not installed, lack a library or a secret, or whose tables do not fit.
    With --days also orders that find no location by the rules, bounds of distance that reach next to none, and units
    kept back that are all there ever were.
    """
    out = console()
    shop = load_shop(config)
    rulebook, network = shop.rulebook(), shop.network()
    found = [
        *lint_rules(rulebook, network, shop.channels, shop.queues),
        *lint_queues(shop.queues, rulebook, shop.flows.cancel_waiting_after_days),
        *lint_backends(shop, config.parent, secrets_elsewhere=secrets_elsewhere),
    ]
    used = None
    if days is not None:
        with open_records(config) as records:
            facts, placed = _asked(_orders(records, days), shop, rulebook)
            inside = {name: len(names) for name, names in queued(records).items()}
            most = most_sellable(_moves(records)) if keeps_back(rulebook, shop.channels) else {}
        used = used_by(rulebook, facts)
        found += [
            *lint_use(rulebook, used),
            *lint_orders(rulebook, network, placed),
            *lint_kept_back(rulebook, network, shop.channels, most),
            *lint_stays(shop.queues, inside),
        ]
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


def _asked(
    orders: Iterable[tuple[Order, dict[str, Item]]], shop: Shop, rulebook: Rulebook
) -> tuple[list[OrderFacts], list[RoutingRequest]]:
    """What choices look at of every order, and what routing would be asked of those whose channel is still there."""
    known = {channel.name for channel in shop.channels}
    facts, placed = [], []
    for order, items in orders:
        facts.append(facts_of(order, items.values()))
        if order.channel in known:
            placed.append(request_as_placed(shop, rulebook, order, items))
    return facts, placed


def _orders(records: Records, days: int) -> Iterator[tuple[Order, dict[str, Item]]]:
    """Every order placed within so many days of the last one, with the items of its lines."""
    streams = records.storage.listed("placed", "", limit=10**9)
    since: datetime | None = None
    items: dict[str, Item] = {}
    for stream in reversed(streams):
        order = records.look(Order, stream.partition("/")[2])
        if since is None:
            since = order.placed_at - timedelta(days=days)
        if order.placed_at < since:
            return
        for line in order.lines:
            if line.sku not in items:
                items[line.sku] = records.look(ListedItem, line.sku).item
        yield order, {line.sku: items[line.sku] for line in order.lines}


def _moves(records: Records) -> Iterator[Move]:
    """Every move of stock there ever was, in order."""
    moving = {each.__name__ for each in MOVING}
    for row in records.storage.events():
        if row.name in moving:
            yield from records.codec.event(row.name, row.at, row.body).moves()
