"""The week told in tables a shop owner understands; everything but the shopkeeper's notes is read from the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from omscore.cli.demo.week import DAYS, Diary
from omscore.cli.records import Records
from omscore.cli.tables import Cell, heading, table
from omscore.engine.letters import LETTERS, SHOP_LETTERS
from omscore.flows.world import TaskKind
from omscore.money import Money
from omscore.orders.model import Order
from omscore.orders.status import status_of
from omscore.payments.model import Payment, Step
from omscore.ports.storage import StoredEvent

HAPPENINGS: Final[Mapping[str, str]] = {
    "OrderPlaced": "Orders placed",
    "StepDeclined": "Payments declined",
    "UnitsCancelled": "Cancellations",
    "LinesBackordered": "Orders made to wait",
    "StockReceived": "Deliveries to us",
    "ShipmentHandedOver": "Shipments sent",
    "PackageDelivered": "Parcels delivered",
    "ReturnReceived": "Returns received",
    "CartAbandoned": "Carts left behind",
}
"""What is counted per day, by the name of its event; carts and refunds take a second look."""

CARTS, REFUNDS = "Carts begun", "Refunds paid"

LETTER_NAMES: Final[Mapping[str, str]] = {
    "order_placed": "We have your order",
    "payment_declined": "Payment declined",
    "shipped": "On its way",
    "not_to_be_had": "Part of the order cancelled",
    "delivered": "Delivered",
    "followup": "How was it? (3 days later)",
    "delayed": "Later than promised",
    "invoice_due": "Invoice is due",
    "cart_reminder": "You left something behind",
    "return_received": "Return received",
    "refunded": "Refund paid",
    "cart_abandoned": "Alert: cart left behind",
    "low_stock": "Alert: an article runs low",
    "backorder": "Alert: order waits for stock",
    "capture_failed": "Alert: money not collected",
    "refund_failed": "Alert: refund declined",
    "task_failed": "Alert: a task was given up",
    "callback_refused": "Alert: a provider told of something we never asked",
    "callback_contradicts": "Alert: a provider says otherwise than we recorded",
    "review_held": "Alert: a reviewer holds an order",
}


def print_week(out: Console, diary: Diary, figures: Mapping[str, Any], records: Records) -> None:
    """All tables of the week."""
    out.print(heading("The week (times in UTC)"))
    out.print(table(("When", "What"), [(f"{note.at:%a %H:%M}", note.says) for note in diary.notes], keep=("When",)))
    out.print(heading("Day by day"))
    days = [f"{day:%a}" for day in DAYS]
    counts = [(name, *(Text("-", "dim") if not n else str(n) for n in row)) for name, row in figures["days"].items()]
    out.print(table(("", *days, "Week"), counts, right=(*days, "Week")))
    out.print(heading("Orders"))
    headers = ("Order", "Day", "Channel", "Customer", "Units", "Total", "Status")
    keep = ("Order", "Day", "Channel", "Status")
    out.print(table(headers, _order_rows(records), right=("Units", "Total"), keep=keep))
    out.print(heading("Stock on hand at the end of the week, and what of it can be sold"))
    locations = sorted({location for row in figures["stock"].values() for location in row["on_hand"]})
    headers = ("Item", *(location.capitalize() for location in locations), "Total", "Can be sold")
    out.print(table(headers, _stock_rows(figures["stock"], locations), right=headers[1:]))
    out.print(heading("Money by currency"))
    money = figures["money"]
    names = list(next(iter(money.values())))
    rows = [(name.capitalize(), *(_bare(money[currency][name]) for currency in money)) for name in names]
    out.print(table(("", *money), rows, right=tuple(money)))
    out.print(heading("Messages sent"))
    sent = [
        (LETTER_NAMES[name], "the shop" if name in SHOP_LETTERS else "customers", count)
        for name, count in figures["notices"].items()
    ]
    out.print(table(("Message", "To", "Sent"), sent, right=("Sent",)))


def figures_of(records: Records) -> dict[str, Any]:
    """The week's figures for programs, and for the tables above."""
    return {
        "days": _days(records),
        "orders": [
            {
                "order_id": order.order_id,
                "placed_at": order.placed_at,
                "channel": order.channel,
                "total": order.total,
                "status": status_of(order).value,
            }
            for order in _orders(records)
        ],
        "stock": _stock(records),
        "money": _money(records),
        "notices": _notices(records),
    }


def _days(records: Records) -> dict[str, list[int]]:
    counted: Counter[tuple[str, int]] = Counter()
    for row in records.storage.events():
        name = _happening(records, row)
        if name:
            counted[name, (row.at.date() - DAYS[0]).days] += 1
    names = (CARTS, *HAPPENINGS.values(), REFUNDS)
    weeks = {name: [counted[name, day] for day in range(len(DAYS))] for name in names}
    return {name: [*week, sum(week)] for name, week in weeks.items()}


def _happening(records: Records, row: StoredEvent) -> str:
    if row.stream.startswith("cart/") and row.version == 1:
        return CARTS
    if row.name == "StepSucceeded":
        event = records.codec.event(row.name, row.at, row.body)
        return REFUNDS if event.step is Step.REFUND else ""
    return HAPPENINGS.get(row.name, "")


def _orders(records: Records) -> list[Order]:
    return sorted(records.every(Order), key=lambda order: (order.placed_at, order.order_id))


def _order_rows(records: Records) -> Iterable[tuple[Cell, ...]]:
    for order in _orders(records):
        person = records.person(order.person_id) if order.person_id else None
        units = sum(line.units for line in order.lines)
        yield (
            order.order_id,
            f"{order.placed_at:%a}",
            order.channel,
            person.name if person else "",
            units,
            order.total,
            status_of(order).value,
        )


def _stock(records: Records) -> dict[str, dict[str, Any]]:
    stock: dict[str, dict[str, Any]] = {}
    for level in records.storage.stock_levels():
        row = stock.setdefault(level.sku, {"on_hand": {}, "sellable": 0, "damaged": 0})
        row["on_hand"][level.location] = row["on_hand"].get(level.location, 0) + level.on_hand
        row["sellable"] += level.sellable
        row["damaged"] += level.damaged
    return stock


def _stock_rows(stock: Mapping[str, Mapping[str, Any]], locations: list[str]) -> Iterable[tuple[Cell, ...]]:
    for sku, row in stock.items():
        there = row["on_hand"]
        cells: list[Cell] = [there[each] if there.get(each) else Text("-", "dim") for each in locations]
        sellable = f"{row['sellable']}" + (f" ({row['damaged']} damaged)" if row["damaged"] else "")
        yield (sku, *cells, sum(there.values()), sellable)


def _money(records: Records) -> dict[str, dict[str, Money]]:
    """Per currency: what was ordered, what of it was collected and paid back, and what is left in the till."""
    orders, payments = _orders(records), list(records.every(Payment))
    found: dict[str, dict[str, Money]] = {}
    for currency in sorted({order.currency for order in orders}):
        ours = [payment for payment in payments if payment.authorised.currency == currency]
        captured = Money.total((each.captured for each in ours), currency)
        refunded = Money.total((each.refunded for each in ours), currency)
        ordered = Money.total((order.total for order in orders if order.currency == currency), currency)
        authorised = Money.total((each.authorised for each in ours), currency)
        found[currency] = {
            "ordered": ordered,
            "not paid (declined)": ordered - authorised,
            "set aside on cards": authorised,
            "  of it collected": captured,
            "  of it let go (cancelled)": Money.total((each.voided for each in ours), currency),
            "  of it still set aside": Money.total((each.capturable for each in ours), currency),
            "paid back (returns)": refunded,
            "kept": captured - refunded,
        }
    return found


def _notices(records: Records) -> dict[str, int]:
    """Messages that went out, by sort. A task that ended without a note sent its message."""
    sent: Counter[str] = Counter()
    for task in records.storage.tasks("done", limit=records.storage.counts()["tasks.done"]):
        if task.kind == TaskKind.NOTICE and not task.note:
            sent[records.codec.record(task.payload, dict[str, str])["template"]] += 1
    return {name: sent[name] for name in LETTERS if sent[name]}


def _bare(amount: Money) -> str:
    return str(amount).partition(" ")[0]
