"""Several programs serve the same orders at once: nothing is promised twice, and nobody is refused for haste."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from omscore.app import Oms
from omscore.audit import audit
from omscore.engine.plans.wishes import MoveToQueue
from omscore.errors import ConflictError, RefusedError
from omscore.flows.world import RouteOrder
from omscore.fulfillment.commands import PickUnits, RejectWork
from omscore.fulfillment.model import FulfillmentOrder
from omscore.ids import LocationId, OrderId, StockDocumentId, SupplyId
from omscore.inventory.commands import CancelSupply, ChangeSupply, ExpectSupply, ListItem, ReceiveStock
from omscore.inventory.expected import ExpectedSupply
from omscore.inventory.model import StockLine
from omscore.items import Item, Kit, KitPart, Ships, Sku
from omscore.orders.commands import CancelKits, CancelOrder, CancelUnits
from omscore.orders.model import Order
from tests.kit.postgres import Server
from tests.kit.shops import CUP, NOON, POT, TEA, order, pass_time, receive, small_shop
from tests.laws.checks import check_claims, check_everything

RULES = """
[flows]
promise_from_supply = true
[queues.at-runs]
every_hours = 4
most_days = 3
then = "any-time"
only_at_runs = true
[queues.any-time]
every_hours = 6
most_days = 9
then = "hold"
priority_tags = ["vip"]
[[routing.profiles]]
name = "standard"
when_left = "any-time"
"""
PLACES = ("MUC", "LYS")
WORKERS, STEPS = 3, 22


def test_who_reads_while_another_commits_is_not_refused_for_what_never_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_shop(tmp_path, stock=False) as oms, small_shop(tmp_path, stock=False) as other:
        oms.do(order(oms, {TEA: 2}))
        receive(oms, "MUC", {TEA: 2}, document="in-1")
        route = RouteOrder(order_id=OrderId("ord_1"), at=NOON)
        load, outrun = oms.storage.load, list[bool]()

        def load_late(streams: Sequence[str], have: Any = None) -> Any:
            """Between the order and its decision, another program routes the order."""
            if not outrun and any(stream.startswith("decision/") for stream in streams):
                outrun.append(True)
                other._dispatcher.run(route, at=NOON)
            return load(streams, have)

        monkeypatch.setattr(oms.storage, "load", load_late)
        assert oms._dispatcher.run(route, at=NOON).events == ()
        assert outrun
        assert oms.look(Order, "ord_1").line(1).quantities.allocated == 2


def test_answers_whose_group_the_database_gives_up_are_recorded_one_by_one(tmp_path: Path, postgres: Server) -> None:
    settings = postgres.settings()
    storage = {"postgres": {"dsn": settings.dsn, "schema": settings.schema}}
    with small_shop(tmp_path, storage=storage, stock=False) as oms:
        for number in (1, 2):
            oms.do(order(oms, {TEA: 1}, order_id=f"ord_{number}"))
        oms.run_due()
        receive(oms, "MUC", {TEA: 2}, document="in-1")
        before = postgres.deadlocks()
        locking = SQL("SELECT 1 FROM {}.streams WHERE stream = %s FOR NO KEY UPDATE").format(
            Identifier(settings.schema)
        )
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        with psycopg.connect(settings.dsn, options="-c deadlock_timeout=60s") as rival:
            rival.execute(locking, ["order/ord_2"])
            ran: list[Any] = []
            worker = Thread(target=lambda: ran.append(oms.run_due()))
            worker.start()
            with psycopg.connect(settings.dsn, autocommit=True) as watch:
                while watch.execute(waiting).fetchone() == (0,):  # until the group, which has the first order, waits
                    assert worker.is_alive()
            rival.execute(locking, ["order/ord_1"])
            rival.rollback()
            worker.join()
        assert postgres.deadlocks() == before + 1
        assert [each.dead for each in ran] == [0]
        assert [oms.look(Order, f"ord_{number}").line(1).quantities.allocated for number in (1, 2)] == [1, 1]
        assert oms.storage.tasks("leased") == ()
        assert audit(oms.storage).is_clean
    postgres.drop(settings.schema)


@pytest.mark.parametrize("seed", range(3))
def test_workers_that_serve_move_promise_cancel_and_reject_at_once_keep_every_law(
    tmp_path: Path, postgres: Server, seed: int
) -> None:
    settings = postgres.settings()
    storage = {"postgres": {"dsn": settings.dsn, "schema": settings.schema}}
    with ExitStack() as shops:
        tills = []
        for number in range(WORKERS):
            folder = tmp_path / f"till-{number}"
            folder.mkdir()
            tills.append(shops.enter_context(small_shop(folder, storage=storage, stock=False, edit=RULES)))
        parts = (KitPart(sku=Sku(TEA), units=2), KitPart(sku=Sku(CUP)))
        tills[0].do(ListItem(item=Item(sku=Sku("SET"), kit=Kit(parts=parts, ships=Ships.TOGETHER)), at=NOON))
        together, errors = Barrier(WORKERS), list[Exception]()

        def live(number: int) -> None:
            rng = random.Random(100 * seed + number)  # noqa: S311
            together.wait()
            try:
                for step in range(STEPS):
                    with suppress(RefusedError, ConflictError):  # others were faster, and say so
                        one_step(tills[number], rng, f"{number}.{step}")
                    if rng.random() < 0.4:
                        assert not tills[number].run_due().dead
            except Exception as error:
                errors.append(error)

        threads = [Thread(target=live, args=(number,)) for number in range(WORKERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        oms = tills[0]
        pass_time(oms, hours=25)  # the daily look finds who came at the very same moment as goods
        check_everything(oms)
        check_claims(oms)
        check_queues(oms)
        check_nobody_waits_beside_a_full_shelf(oms)
        assert oms.storage.tasks("dead") == oms.storage.tasks("leased") == ()
        assert audit(oms.storage).findings == ()
    postgres.drop(settings.schema)


def one_step(oms: Oms, rng: random.Random, name: str) -> None:
    """Something that happens in a shop, mostly to orders that others are at as well."""
    at, sku, place = oms.clock.now(), rng.choice((TEA, CUP, POT)), LocationId(rng.choice(PLACES))
    match rng.choice(("place", "place", "receive", "expect", "supply", "supply", "move", "cancel", "work", "work")):
        case "place":
            units = {rng.choice((sku, "SET")): rng.randint(1, 4), CUP: rng.randint(1, 2)}
            tags = ("vip",) if rng.random() < 0.3 else ()
            oms.do(order(oms, units, order_id=f"o{name}", tags=tags, method=rng.choice(("card-ok", None))))
        case "receive":
            receive(oms, place, {sku: rng.randint(1, 5), TEA: 1}, document=f"in-{name}")
        case "expect":
            due_on, due = NOON.date() + timedelta(days=rng.randint(0, 4)), rng.randint(1, 6)
            supply_id = SupplyId(f"po-{name}")
            oms.do(ExpectSupply(sku=sku, supply_id=supply_id, location_id=place, units=due, due_on=due_on, at=at))
        case "supply":
            expected = oms.find(ExpectedSupply, sku)
            if expected is not None and expected.supplies:
                one_of_a_supply(oms, rng, expected, f"in-{name}")
        case "move":
            waiting = oms.listed(Order, "waiting", sku)
            if waiting:
                queue = rng.choice(("at-runs", "any-time", ""))
                oms.do(MoveToQueue(order_id=OrderId(rng.choice(waiting)), queue=queue, reason="why", by="ada", at=at))
        case "cancel":
            one_cancellation(oms, rng)
        case _:
            one_at_work(oms, rng)


def one_of_a_supply(oms: Oms, rng: random.Random, expected: ExpectedSupply, document: str) -> None:
    """A supply comes, in part or more than it, on another day, or not at all."""
    at, supply = oms.clock.now(), rng.choice(expected.supplies)
    match rng.randrange(4):
        case 0:
            oms.do(CancelSupply(sku=expected.sku, supply_id=supply.supply_id, at=at))
        case 1:
            due_on = NOON.date() + timedelta(days=rng.randint(0, 4))
            oms.do(ChangeSupply(sku=expected.sku, supply_id=supply.supply_id, due_on=due_on, at=at))
        case _:
            lines = (StockLine(expected.sku, supply.pool, rng.randint(1, supply.units + 1)),)
            oms.do(
                ReceiveStock(
                    document_id=StockDocumentId(document),
                    location_id=supply.location_id,
                    lines=lines,
                    supply_id=supply.supply_id,
                    at=at,
                )
            )


def orders(oms: Oms) -> list[Order]:
    names = [each.stream.partition("/")[2] for each in oms.storage.streams("order/")]
    return [oms.look(Order, name) for name in names]


def one_cancellation(oms: Oms, rng: random.Random) -> None:
    found, at = orders(oms), oms.clock.now()
    if found:
        mine = rng.choice(found)
        if mine.kits and rng.random() < 0.6:
            oms.do(CancelKits(order_id=mine.order_id, kit_id=mine.kits[0].kit_id, kits=1, at=at))
        elif rng.random() < 0.7:
            oms.do(CancelUnits(order_id=mine.order_id, line_id=rng.choice(mine.lines).line_id, units=1, at=at))
        else:
            oms.do(CancelOrder(order_id=mine.order_id, at=at))


def one_at_work(oms: Oms, rng: random.Random) -> None:
    works = [oms.look(FulfillmentOrder, each) for mine in orders(oms) for each in mine.fulfillments]
    works = [work for work in works if work.to_pick]
    if works:
        fulfillment_id, at = rng.choice(works).fulfillment_id, oms.clock.now()
        if rng.random() < 0.5:
            oms.do(RejectWork(fulfillment_id=fulfillment_id, reason="no time", at=at))
        else:
            oms.do(PickUnits(fulfillment_id=fulfillment_id, at=at))


def check_queues(oms: Oms) -> None:
    """An order is in the index of the queue it is in and in no other, and only while units of it wait."""
    inside: dict[str, set[str]] = defaultdict(set)
    for name in oms.shop.queues:
        for order_id in oms.listed(Order, "queue", name):
            inside[order_id].add(name)
    for mine in orders(oms):
        waits = any([line.quantities.waiting for line in mine.lines])
        assert inside[mine.order_id] == (set() if mine.queue is None else {mine.queue.name})
        assert waits or mine.queue is None


def check_nobody_waits_beside_a_full_shelf(oms: Oms) -> None:
    """No order waits that could have been served, once every queue has run."""
    for mine in orders(oms):
        before = [line.quantities.waiting for line in mine.lines]
        oms.do(RouteOrder(order_id=mine.order_id, at=oms.clock.now()))
        assert [line.quantities.waiting for line in oms.look(Order, mine.order_id).lines] == before, mine.order_id
