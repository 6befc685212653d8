"""Every money fact becomes a balanced entry in the ledger of the order or stock document it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from omscore.billing.invoices import InvoiceIssued
from omscore.billing.journal import JournalEntry
from omscore.billing.ledger import PostEntry
from omscore.billing.posting import payment_entry, postage_entry, sale_entry, value_entry
from omscore.flows.world import Event, Later, Reaction, TaskKind, World, on
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


def _shipped(event: LinesShipped, _world: World) -> Reaction:
    yield _sale(event.order_id, f"{event.fulfillment_id}.sale", "shipped", event, event.amounts)


def _taken_back(event: LinesReturned, world: World) -> Reaction:
    disposed = sum(line.disposed for line in world.rma(event.return_id).lines)
    entry_id = f"{event.return_id}.credit.{disposed}"
    yield _sale(event.order_id, entry_id, "taken back", event, _negative(event.amounts))


def _paid(event: StepSucceeded, _world: World) -> Reaction:
    match event.step:
        case Step.CAPTURE:
            says, amount = "captured", event.amount
        case Step.REFUND:
            says, amount = "refunded", -event.amount
        case _:
            return
    entry = payment_entry(entry_id=event.key, at=event.at, reference=event.order_id, says=says, amount=amount)
    yield PostEntry(owner=event.order_id, entry=entry, at=event.at)


def _label_bought(event: LabelBought, world: World) -> Reaction:
    if not event.postage.is_zero:
        label_key = world.work(event.fulfillment_id).label_key(event.package_id)
        says = f"label {event.carrier} {event.service}"
        yield _postage(event.order_id, f"{label_key}.postage", says, event.postage, event.at)


def _label_voided(event: LabelVoidAnswered, _world: World) -> Reaction:
    if event.state is LabelVoidState.REFUNDED and event.postage is not None and not event.postage.is_zero:
        yield _postage(event.order_id, f"{event.key}.postage", "label given back", -event.postage, event.at)


def _pickup_booked(event: PickupBooked, _world: World) -> Reaction:
    if event.price is not None and not event.price.is_zero:
        says = f"pickup {event.carrier}"
        yield _postage(event.pickup_id, f"{event.pickup_id}.price", says, event.price, event.at)


def _pickup_cancelled(event: PickupCancelAnswered, _world: World) -> Reaction:
    if event.is_cancelled and event.price is not None and not event.price.is_zero:
        yield _postage(event.pickup_id, f"{event.pickup_id}.back", "pickup cancelled", -event.price, event.at)


def _goods_out(event: ShipmentHandedOver, world: World) -> Reaction:
    return _value(event.order_id, f"{event.fulfillment_id}.cost", "goods out", event, world)


def _goods_back(event: ReturnReceived, world: World) -> Reaction:
    seen = sum(line.seen + line.disposed for line in world.rma(event.return_id).lines)
    return _value(event.order_id, f"{event.return_id}.cost.{seen}", "goods back", event, world)


def _written_off(event: ReturnDisposed, world: World) -> Reaction:
    disposed = sum(line.disposed for line in world.rma(event.return_id).lines)
    return _value(event.order_id, f"{event.return_id}.loss.{disposed}", "written off", event, world)


def _goods_in(event: StockReceived, world: World) -> Reaction:
    return _value(event.document_id, f"{event.document_id}.value", "goods in", event, world)


def _adjusted(event: StockAdjusted, world: World) -> Reaction:
    return _value(event.document_id, f"{event.document_id}.value", event.reason.value, event, world)


def _counted(event: StockCounted, world: World) -> Reaction:
    return _value(event.document_id, f"{event.document_id}.value", "counted", event, world)


def _invoiced(event: InvoiceIssued, _world: World) -> Reaction:
    number = event.invoice.number
    task_id = f"{number}.erp_invoice"  # an accountant's own entry may be named after the invoice
    yield Later(task_id=task_id, kind=TaskKind.ERP_INVOICE, due_at=event.at, payload={"number": number})


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


def _postage(owner: str, entry_id: str, says: str, amount: Money, at: datetime) -> PostEntry:
    entry = postage_entry(entry_id=entry_id, at=at, reference=owner, says=says, amount=amount)
    return PostEntry(owner=owner, entry=entry, at=at)


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


HANDLERS = (
    on(LinesShipped, _shipped),
    on(LinesReturned, _taken_back),
    on(StepSucceeded, _paid),
    on(LabelBought, _label_bought),
    on(LabelVoidAnswered, _label_voided),
    on(PickupBooked, _pickup_booked),
    on(PickupCancelAnswered, _pickup_cancelled),
    on(ShipmentHandedOver, _goods_out),
    on(ReturnReceived, _goods_back),
    on(ReturnDisposed, _written_off),
    on(StockReceived, _goods_in),
    on(StockAdjusted, _adjusted),
    on(StockCounted, _counted),
    on(InvoiceIssued, _invoiced),
)
"""The entry of each money fact."""
