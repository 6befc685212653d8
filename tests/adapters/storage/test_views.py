"""The SQL views say what the records say, order by order and cent by cent, over the random life of a shop."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import attrs
import psycopg
import pytest
from psycopg.rows import dict_row

from omscore.app import Oms
from omscore.audit import audit
from omscore.billing.ledger import EntryPosted
from omscore.fulfillment.model import FulfillmentOrder
from omscore.orders.linestates import LineQuantities
from omscore.orders.model import Order
from omscore.orders.status import status_of
from omscore.payments.model import AttemptState, Payment
from omscore.ports.storage import TaskState
from omscore_adapters.storage_postgres import PostgresSettings
from tests.kit.postgres import Server
from tests.kit.shops import small_shop
from tests.laws.life import NAMES, Life, LifeStep

Row = dict[str, Any]
Query = Callable[[str], list[Row]]


def live(oms: Oms, seed: int, steps: int = 220) -> None:
    """A long random life, the same for a seed."""
    lot, life = Random(seed), Life(oms)  # noqa: S311 (repeatable, guards nothing)
    for _ in range(steps):
        life.live(LifeStep(lot.choice(NAMES), *(lot.randrange(8) for _ in range(4))))


def sqlite_query(folder: Path) -> Query:
    """Asks the file of a small shop, as a BI tool would: on a connection of its own that may only read."""

    def query(text: str) -> list[Row]:
        with closing(sqlite3.connect(f"{(folder / 'shop.db').as_uri()}?mode=ro", uri=True)) as connection:
            cursor = connection.execute(text)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]

    return query


def postgres_query(settings: PostgresSettings) -> Query:
    """Asks the schema of a small shop; dates and moments as the text that SQLite has."""

    def plain(value: Any) -> Any:
        return value.isoformat() if isinstance(value, date) else value

    def query(text: str) -> list[Row]:
        with psycopg.connect(settings.dsn, row_factory=dict_row) as connection:
            connection.execute("SELECT set_config('search_path', %s, false)", (settings.schema,))
            connection.execute("SET default_transaction_read_only = on")
            connection.execute("SET TimeZone = 'UTC'")
            rows = connection.execute(text).fetchall()
            return [{name: plain(value) for name, value in row.items()} for row in rows]

    return query


@pytest.fixture(scope="module", params=[("sqlite", 0), ("sqlite", 1), ("postgres", 0)], ids=str)
def lived(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgres: Server
) -> Iterator[tuple[Oms, Query]]:
    """A shop with a past, and a way to ask it in SQL."""
    folder = tmp_path_factory.mktemp("lived")
    engine, seed = request.param
    settings = postgres.settings()
    storage = None if engine == "sqlite" else {"postgres": {"dsn": settings.dsn, "schema": settings.schema}}
    with small_shop(folder, storage=storage) as oms:
        live(oms, seed)
        yield oms, sqlite_query(folder) if engine == "sqlite" else postgres_query(settings)


def every(oms: Oms, kind: type[Any], prefix: str) -> list[Any]:
    return [oms.codec.record(row.state, kind) for row in oms.storage.streams(prefix)]


def without(row: Row, *names: str) -> Row:
    return {name: value for name, value in row.items() if name not in names}


def test_orders_and_their_lines_are_what_the_records_say(lived: tuple[Oms, Query]) -> None:
    oms, query = lived
    orders = query("SELECT * FROM orders ORDER BY order_id")
    records: list[Order] = sorted(every(oms, Order, "order/"), key=lambda order: order.order_id)
    assert len(records) > 10
    assert [row["order_id"] for row in orders] == [order.order_id for order in records]
    for row, order in zip(orders, records, strict=True):
        counts = [line.quantities for line in order.lines]
        assert row == {
            "order_id": order.order_id,
            "channel": order.channel,
            "reference": order.reference,
            "status": status_of(order).value,
            "holds": ", ".join(hold.kind for hold in order.holds),
            "placed_at": row["placed_at"],
            "placed_on": order.placed_at.date().isoformat(),
            "person_id": order.person_id,
            "country": order.destination.country,
            "postcode_area": order.destination.postcode_area,
            "lines": len(order.lines),
            "units": sum(line.units for line in order.lines),
            "unshipped": sum(each.unshipped for each in counts),
            "handed_over": sum(each.handed_over for each in counts),
            "cancelled": sum(each.cancelled for each in counts),
            "returned": sum(each.returned for each in counts),
            "currency": order.currency,
            "net_minor": sum(line.amounts.net.minor for line in order.lines),
            "tax_minor": sum(line.amounts.tax.minor for line in order.lines),
            "gross_minor": order.total.minor,
        }
        assert row["placed_at"].startswith(order.placed_at.isoformat()[:19])
    lines = iter(query("SELECT * FROM order_lines ORDER BY order_id, line_id"))
    for order in records:
        for line in order.lines:
            row = next(lines)
            assert LineQuantities(**{name: row[name] for name in attrs.fields_dict(LineQuantities)}) == line.quantities
            assert (
                row["order_id"],
                row["line_id"],
                row["sku"],
                row["units"],
                row["in_return"],
                row["gross_minor"],
            ) == (
                order.order_id,
                line.line_id,
                line.sku,
                line.units,
                line.in_return,
                line.amounts.gross.minor,
            )
            assert (row["unit_price"], row["tax_rate"]) == (str(line.unit_price.amount), str(line.tax_rate))
    assert next(lines, None) is None


def test_a_shop_that_has_lived_audits_clean(lived: tuple[Oms, Query]) -> None:
    oms, _ = lived
    assert audit(oms.storage).findings == ()


def test_stock_and_tasks_are_what_the_store_says(lived: tuple[Oms, Query]) -> None:
    oms, query = lived
    stock = query("SELECT * FROM stock ORDER BY sku, location, pool")
    levels = list(oms.storage.stock_levels())
    assert levels
    assert stock == [level._asdict() | {"on_hand": level.on_hand} for level in levels]
    tasks = {row["task_id"]: (row["kind"], row["state"], row["attempt"]) for row in query("SELECT * FROM tasks")}
    known = [task for state in TaskState for task in oms.storage.tasks(state, limit=1_000_000)]
    assert tasks == {task.task_id: (task.kind, task.state, task.attempt) for task in known}


def test_shipments_are_the_packages_that_left(lived: tuple[Oms, Query]) -> None:
    oms, query = lived
    rows = {row["package_id"]: row for row in query("SELECT * FROM shipments")}
    works = [work for work in every(oms, FulfillmentOrder, "work/") if work.shipped_at is not None]
    packages = {package.package_id: (work, package) for work in works for package in work.packages}
    assert packages
    assert rows.keys() == packages.keys()
    for package_id, (work, package) in packages.items():
        row = rows[package_id]
        assert (row["order_id"], row["location"], row["units"]) == (
            work.order_id,
            work.location_id,
            sum(each.units for each in package.contents),
        )
        assert (row["tracking_number"], row["mass_g"]) == (package.tracking_number, package.mass_g)
        assert (row["postage_minor"], row["currency"]) == (package.postage.minor, package.postage.currency)
        assert (row["delivered_at"] is None) == (package.delivered_at is None)


def test_payments_are_what_the_records_say(lived: tuple[Oms, Query]) -> None:
    oms, query = lived
    rows = {row["payment_id"]: row for row in query("SELECT * FROM payments")}
    payments: list[Payment] = every(oms, Payment, "payment/")
    assert payments
    assert rows.keys() == {payment.payment_id for payment in payments}
    for payment in payments:
        row = rows[payment.payment_id]
        assert row["unanswered"] == sum(each.state is AttemptState.REQUESTED for each in payment.attempts)
        assert [row[f"{name}_minor"] for name in ("authorised", "captured", "voided", "refunded")] == [
            payment.authorised.minor,
            payment.captured.minor,
            payment.voided.minor,
            payment.refunded.minor,
        ]


def test_the_journal_is_every_posting_of_every_entry(lived: tuple[Oms, Query]) -> None:
    oms, query = lived
    posted = [
        oms.codec.event(event.name, event.at, event.body).entry
        for event in oms.storage.events()
        if event.name == EntryPosted.__name__
    ]
    assert posted
    expected = sorted(
        (entry.entry_id, number, posting.account.value, posting.amount.currency, posting.amount.minor)
        for entry in posted
        for number, posting in enumerate(entry.postings, 1)
    )
    rows = query("SELECT entry_id, line, account, currency, amount_minor FROM journal ORDER BY entry_id, line")
    assert [tuple(row.values()) for row in rows] == expected
    assert query("SELECT booked_on FROM journal GROUP BY booked_on, currency HAVING sum(amount_minor) <> 0") == []


def test_a_view_takes_no_writes(tmp_path: Path) -> None:
    with small_shop(tmp_path), closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        for view in ("orders", "order_lines", "stock", "shipments", "payments", "tasks", "journal"):
            with pytest.raises(sqlite3.OperationalError, match="because it is a view"):
                connection.execute(f"DELETE FROM {view}")  # noqa: S608 (one of the names above)


PAGE = (Path(__file__).resolve().parents[3] / "docs" / "sql.md").read_text(encoding="utf-8")
QUESTIONS = re.findall(r"^([^\n]+)\n\n```sql\n(.*?)```", PAGE, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("question", "text"), QUESTIONS, ids=[question for question, _ in QUESTIONS])
def test_every_query_of_the_sql_page_answers(lived: tuple[Oms, Query], question: str, text: str) -> None:
    _, query = lived
    assert (query(text) == []) == ("No row is the right answer" in question)


def test_the_sql_page_lists_every_column_of_every_view(lived: tuple[Oms, Query]) -> None:
    _, query = lived
    described = {
        name: set(re.findall(r"`(\w+)`", columns))
        for name, columns in re.findall(r"^\| `(\w+)` \| [^|]+ \| (.*) \|$", PAGE, flags=re.MULTILINE)
    }
    views = ("orders", "order_lines", "stock", "shipments", "payments", "tasks", "journal")
    assert described == {name: set(query(f"SELECT * FROM {name}")[0]) for name in views}  # noqa: S608
