"""`omscore queues`: which orders wait in which queue, since when and what comes next, and moving them by hand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from getpass import getuser
from pathlib import Path
from typing import Any

import click

from omscore.app import open_shop
from omscore.cli.records import Records, open_records
from omscore.cli.report import json_option, write_json
from omscore.cli.tables import console, counted, heading, moment, shown, table
from omscore.engine.plans.queueing import ends_at
from omscore.engine.plans.wishes import MoveToQueue
from omscore.errors import InputError, OmsError
from omscore.orders.model import Order
from omscore.policy.loading import load_shop
from omscore.policy.shop import Shop
from omscore.ports.clock import SystemClock
from omscore.routing.queues import UNRANKED

_CONFIG = click.argument("config", type=click.Path(path_type=Path, dir_okay=False), metavar="CONFIG")
_SHOWN = 100
REFUSED = 1
"""The exit code when an order could not be moved."""


@click.group()
def queues() -> None:
    """Look after the orders that wait in queues."""


@queues.command("list")
@_CONFIG
@click.argument("name", required=False, metavar="[QUEUE]")
@json_option
def list_queues(config: Path, name: str | None, json_path: Path | None) -> None:
    """List the queues: how many orders wait in each, the oldest, and the next run; or the orders in one, in their turn.

    CONFIG is the shop.toml.
    """
    out, shop, now = console(), load_shop(config), SystemClock().now()
    with open_records(config) as records:
        inside = queued(records)
    for gone in sorted(set(inside) - set(shop.queues)):
        says = f"{counted(len(inside[gone]), 'order')} in {gone}, which {config.name} has not: move them elsewhere"
        out.print(shown(says), style="bold yellow", soft_wrap=True)
    if name is not None:
        _list_orders(shop, name, inside, json_path)
        return
    rows = [
        _figures(shop, each, inside.get(each, []), now)
        for each in [*shop.queues, *sorted(set(inside) - set(shop.queues))]
    ]
    out.print(heading(counted(len(rows), "queue")))
    if rows:
        shown_rows = [
            (
                row["queue"],
                row["orders"],
                row["units"],
                _moment(row["oldest"]),
                _moment(row["next_run"]),
                _moment(row["next_end"]),
                row["then"],
            )
            for row in rows
        ]
        headers = ("Queue", "Orders", "Units", "Oldest order", "Next run", "First to leave", "Then")
        out.print(table(headers, shown_rows, right=("Orders", "Units"), keep=("Queue",)))
    write_json(json_path, rows)


@queues.command()
@_CONFIG
@click.argument("order_ids", nargs=-1, metavar="[ORDER]...")
@click.option("origin", "--from", metavar="QUEUE", help="Every order that is in this queue now.")
@click.option("--to", "target", metavar="QUEUE", help="The queue to move them to.")
@click.option("--out", "is_out", is_flag=True, help="Take them out of their queue; they wait as usual.")
@click.option("--reason", required=True, help="Why; it stays with the orders.")
@click.option("--by", "name", metavar="NAME", help="Who decided it; at first the name you are logged in with.")
def move(
    config: Path,
    order_ids: tuple[str, ...],
    origin: str | None,
    target: str | None,
    is_out: bool,
    reason: str,
    name: str | None,
) -> None:
    """Move orders to another queue, each with the reason and your name.

    Ends with exit code 1 when one of them could not be moved; the others are.
    """
    if bool(order_ids) is (origin is not None):
        raise InputError("name the orders to move, or give --from QUEUE", code="input.orders")
    if (target is not None) is is_out:
        raise InputError("say where they go: give --to QUEUE, or --out", code="input.queue")
    name = (name or getuser()).strip()
    with open_shop(config) as oms:
        wanted = oms.listed(Order, "queue", origin) if origin is not None else order_ids
        at = oms.clock.now()
        results = oms.do_many(
            [
                MoveToQueue(order_id=oms.look(Order, each).order_id, queue=target or "", reason=reason, by=name, at=at)
                for each in wanted
            ]
        )
    out = console()
    refused = [str(result) for result in results if isinstance(result, OmsError)]
    for says in refused:
        out.print(shown(says), style="bold red", soft_wrap=True)
    done = sum([bool(result.events) for result in results if not isinstance(result, OmsError)])
    out.print(shown(f"{counted(done, 'order')} moved {'out of the queue' if is_out else f'to {target}'}."))
    click.get_current_context().exit(REFUSED if refused else 0)


def queued(records: Records) -> dict[str, list[Order]]:
    """The orders in each queue, in the order they were placed; queues without any are left out."""
    found: dict[str, list[Order]] = {}
    for stream in records.storage.listed("queue", "", limit=10**9):
        order = records.look(Order, stream.partition("/")[2])
        if order.queue is not None:
            found.setdefault(order.queue.name, []).append(order)
    return found


def _waiting(order: Order) -> int:
    return sum([line.quantities.waiting for line in order.lines])


def _moment(at: datetime | None) -> str:
    return "" if at is None else moment(at)


def _figures(shop: Shop, name: str, orders: list[Order], now: datetime) -> dict[str, Any]:
    rules = shop.queue(name)
    return {
        "queue": name,
        "orders": len(orders),
        "units": sum(map(_waiting, orders)),
        "oldest": min([order.placed_at for order in orders], default=None),
        "next_run": None if rules is None or not orders else rules.next_run(now),
        "next_end": min([ends_at(shop, each.queue) for each in orders if each.queue is not None], default=None),
        "then": "hold (not in the file)" if rules is None else rules.then,
    }


def _list_orders(shop: Shop, name: str, inside: dict[str, list[Order]], json_path: Path | None) -> None:
    if name not in shop.queues and name not in inside:
        known = ", ".join(shop.queues) or "none"
        raise InputError(f"there is no queue {name!r}; the shop has {known}", code="queue.unknown")
    orders = _in_turn(shop, name, inside.get(name, []))
    out = console()
    out.print(heading(f"{counted(len(orders), 'order')} in {name}"))
    printed = [
        (
            order.order_id,
            _waiting(order),
            moment(order.placed_at),
            moment(order.queue.since),
            moment(ends_at(shop, order.queue)),
        )
        for order in orders[:_SHOWN]
        if order.queue is not None
    ]
    if printed:
        out.print(table(("Order", "Units", "Placed", "In it since", "At most until"), printed, right=("Units",)))
    if len(orders) > _SHOWN:
        out.print(shown(f"  and {len(orders) - _SHOWN} more (--json FILE has them)"))
    figures = [
        {
            "order_id": order.order_id,
            "units": _waiting(order),
            "placed_at": order.placed_at,
            "since": order.queue.since,
            "ends_at": ends_at(shop, order.queue),
        }
        for order in orders
        if order.queue is not None
    ]
    write_json(json_path, figures)


def _in_turn(shop: Shop, name: str, orders: Iterable[Order]) -> list[Order]:
    """The orders of one queue as they are served."""
    rules = shop.queue(name)

    def turn(order: Order) -> tuple[int, datetime, str]:
        return (UNRANKED if rules is None else rules.rank(order.tags), order.placed_at.astimezone(UTC), order.order_id)

    return sorted(orders, key=turn)
