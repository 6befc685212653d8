"""Every money fact becomes a balanced entry in the ledger of the order or stock document it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from omscore.billing.invoices import InvoiceIssued
from omscore.billing.journal import JournalEntry
from omscore.billing.ledger import PostEntry
from omscore.billing.posting import payment_entry, postage_entry, sale_entry, value_entry
from omscore.flows.world import Event, Later, Reaction, TaskKind, World
from omscore.fulfillment.bookings import PickupBooked, PickupCancelAnswered
from omscore.fulfillment.events import LabelBought, LabelVoidAnswered, ShipmentHandedOver
from omscore.fulfillment.model import LabelVoidState
from omscore.inventory.events import StockAdjusted, StockCounted, StockReceived
from omscore.money import Money
from omscore.orders.amounts import Amounts
from omscore.orders.events import LinesReturned, LinesShipped
from omscore.payments.events import StepSucceeded
from omscore.payments.model import Step
from omscore.quantities import Move
from omscore.returns.events import ReturnDisposed, ReturnReceived


def react(event: Event, world: World) -> Reaction:
    """The entry of each money fact."""
    match event:
        case LinesShipped():
            yield _sale(event.order_id, f"{event.fulfillment_id}.sale", "shipped", event, event.amounts)
        case LinesReturned():
            disposed = sum(line.disposed for line in world.rma(event.return_id).lines)
            entry_id = f"{event.return_id}.credit.{disposed}"
            yield _sale(event.order_id, entry_id, "taken back", event, _negative(event.amounts))
        case StepSucceeded(step=Step.CAPTURE):
            entry = payment_entry(
                entry_id=event.key, at=event.at, reference=event.order_id, says="captured", amount=event.amount
            )
            yield PostEntry(owner=event.order_id, entry=entry, at=event.at)
        case StepSucceeded(step=Step.REFUND):
            entry = payment_entry(
                entry_id=event.key, at=event.at, reference=event.order_id, says="refunded", amount=-event.amount
            )
            yield PostEntry(owner=event.order_id, entry=entry, at=event.at)
        case LabelBought() if not event.postage.is_zero:
            label_key = world.work(event.fulfillment_id).label_key(event.package_id)
            entry = postage_entry(
                entry_id=f"{label_key}.postage",
                at=event.at,
                reference=event.order_id,
                says=f"label {event.carrier} {event.service}",
                amount=event.postage,
            )
            yield PostEntry(owner=event.order_id, entry=entry, at=event.at)
        case LabelVoidAnswered(state=LabelVoidState.REFUNDED, postage=Money() as postage) if not postage.is_zero:
            entry = postage_entry(
                entry_id=f"{event.key}.postage",
                at=event.at,
                reference=event.order_id,
                says="label given back",
                amount=-postage,
            )
            yield PostEntry(owner=event.order_id, entry=entry, at=event.at)
        case PickupBooked(price=Money() as price) if not price.is_zero:
            entry = postage_entry(
                entry_id=f"{event.pickup_id}.price",
                at=event.at,
                reference=event.pickup_id,
                says=f"pickup {event.carrier}",
                amount=price,
            )
            yield PostEntry(owner=event.pickup_id, entry=entry, at=event.at)
        case PickupCancelAnswered(is_cancelled=True, price=Money() as price) if not price.is_zero:
            entry = postage_entry(
                entry_id=f"{event.pickup_id}.back",
                at=event.at,
                reference=event.pickup_id,
                says="pickup cancelled",
                amount=-price,
            )
            yield PostEntry(owner=event.pickup_id, entry=entry, at=event.at)
        case ShipmentHandedOver():
            yield from _value(event.order_id, f"{event.fulfillment_id}.cost", "goods out", event, world)
        case ReturnReceived():
            seen = sum(line.seen + line.disposed for line in world.rma(event.return_id).lines)
            yield from _value(event.order_id, f"{event.return_id}.cost.{seen}", "goods back", event, world)
        case ReturnDisposed():
            disposed = sum(line.disposed for line in world.rma(event.return_id).lines)
            yield from _value(event.order_id, f"{event.return_id}.loss.{disposed}", "written off", event, world)
        case StockReceived():
            yield from _value(event.document_id, f"{event.document_id}.value", "goods in", event, world)
        case StockAdjusted():
            yield from _value(event.document_id, f"{event.document_id}.value", event.reason.value, event, world)
        case StockCounted():
            yield from _value(event.document_id, f"{event.document_id}.value", "counted", event, world)
        case InvoiceIssued():
            number = event.invoice.number
            task_id = f"{number}.erp_invoice"  # an accountant's own entry may be named after the invoice
            yield Later(task_id=task_id, kind=TaskKind.ERP_INVOICE, due_at=event.at, payload={"number": number})
        case _:
            return


def _sale(order_id: str, entry_id: str, says: str, event: LinesShipped | LinesReturned, amounts: Amounts) -> PostEntry:
    entry: JournalEntry = sale_entry(
        entry_id=entry_id,
        at=event.at,
        reference=order_id,
        says=says,
        goods=amounts.goods.net,
        shipping=amounts.shipping.net,
        charges=amounts.charges.net,
        tax=amounts.tax,
    )
    return PostEntry(owner=order_id, entry=entry, at=event.at)


def _negative(amounts: Amounts) -> Amounts:
    return Amounts.zero(amounts.gross.currency) - amounts


def _value(owner: str, entry_id: str, says: str, event: Event, world: World) -> Reaction:
    moves: Callable[[], Iterable[Move]] = event.moves
    listed = list(moves())
    items = world.items(move.sku for move in listed)
    costs = {sku: item.unit_cost for sku, item in items.items() if item.unit_cost is not None}
    entry = value_entry(entry_id=entry_id, at=event.at, reference=owner, says=says, moves=listed, costs=costs)
    if entry is not None:
        yield PostEntry(owner=owner, entry=entry, at=event.at)
