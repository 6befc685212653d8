"""Which stream each command belongs to, who decides on it, and how its streams can be listed: one table of contexts."""

from __future__ import annotations

from functools import cache
from typing import Any

from omscore.billing import externals, invoices, ledger, series
from omscore.codec import Codec
from omscore.customers import model as customers
from omscore.engine import entries
from omscore.engine.context import Context, context
from omscore.engine.stockcontexts import STOCK_CONTEXTS
from omscore.errors import InputError
from omscore.fulfillment import bookings, capacity, manifests
from omscore.fulfillment import commands as fc
from omscore.fulfillment import events as fe
from omscore.fulfillment.decide import decide as decide_work
from omscore.fulfillment.evolve import evolve as evolve_work
from omscore.fulfillment.model import FulfillmentOrder
from omscore.orders import acknowledging as i
from omscore.orders import answers as a
from omscore.orders import bounces, carts, outbox
from omscore.orders import commands as oc
from omscore.orders import events as oe
from omscore.orders.decide import decide as decide_order
from omscore.orders.evolve import evolve as evolve_order
from omscore.orders.model import Order
from omscore.payments import callbacks
from omscore.payments import commands as pc
from omscore.payments import events as pe
from omscore.payments.decide import decide as decide_payment
from omscore.payments.evolve import evolve as evolve_payment
from omscore.payments.model import Payment
from omscore.returns import commands as rc
from omscore.returns import events as re
from omscore.returns.decide import decide as decide_return
from omscore.returns.evolve import evolve as evolve_return
from omscore.returns.model import Return
from omscore.reviews import deciding as v
from omscore.reviews.model import OrderReview
from omscore.routing import decisions, editions

CONTEXTS: tuple[Context, ...] = (
    context(
        "order",
        Order,
        oc.OrderCommand,
        oe.OrderEvent,
        "order_id",
        decide=decide_order,
        evolve=evolve_order,
        listed=entries.order_entries,
    ),
    context(
        "cart",
        carts.Cart,
        carts.CartCommand,
        carts.CartEvent,
        "cart_id",
        decide=carts.decide_cart,
        evolve=carts.evolve_cart,
    ),
    context(
        "payment",
        Payment,
        pc.PaymentCommand,
        pe.PaymentEvent,
        "payment_id",
        decide=decide_payment,
        evolve=evolve_payment,
    ),
    context(
        "callback",
        callbacks.Callback,
        callbacks.CallbackCommand,
        callbacks.CallbackEvent,
        "callback_id",
        decide=callbacks.decide_callback,
        evolve=callbacks.evolve_callback,
        listed=entries.callback_entries,
    ),
    context(
        "work",
        FulfillmentOrder,
        fc.FulfillmentCommand,
        fe.FulfillmentEvent,
        "fulfillment_id",
        decide=decide_work,
        evolve=evolve_work,
        listed=entries.work_entries,
    ),
    context(
        "capacity",
        capacity.WorkDay,
        capacity.SetCapacity,
        capacity.CapacitySet,
        "day_id",
        decide=capacity.decide_capacity,
        evolve=capacity.evolve_capacity,
        only_known=True,
    ),
    context(
        "manifest",
        manifests.Manifest,
        manifests.ManifestCommand,
        manifests.ManifestEvent,
        "manifest_id",
        decide=manifests.decide_manifest,
        evolve=manifests.evolve_manifest,
        listed=entries.manifest_entries,
    ),
    context(
        "pickup",
        bookings.PickupBooking,
        bookings.PickupCommand,
        bookings.PickupEvent,
        "pickup_id",
        decide=bookings.decide_pickup,
        evolve=bookings.evolve_pickup,
        listed=entries.pickup_entries,
    ),
    context(
        "return", Return, rc.ReturnCommand, re.ReturnEvent, "return_id", decide=decide_return, evolve=evolve_return
    ),
    context("review", OrderReview, v.ReviewCommand, v.ReviewEvent, "order_id", decide=v.decide, evolve=v.evolve),
    *STOCK_CONTEXTS,
    context(
        "outbox",
        outbox.ChannelOutbox,
        outbox.NumberNews,
        outbox.NewsNumbered,
        "channel",
        decide=outbox.decide_outbox,
        evolve=outbox.evolve_outbox,
    ),
    context(
        "interchange",
        i.Interchange,
        i.NoteAcknowledged,
        i.InterchangeAcknowledged,
        "interchange",
        decide=i.decide,
        evolve=i.evolve,
    ),
    context("answer", a.MessageAnswer, a.NoteAnswer, a.MessageAnswered, "message", decide=a.decide, evolve=a.evolve),
    context(
        "bounce",
        bounces.Bounce,
        bounces.NoteBounce,
        bounces.LetterBounced,
        "letter",
        decide=bounces.decide_bounce,
        evolve=bounces.evolve_bounce,
        listed=entries.bounce_entries,
        is_fixed=True,
    ),
    context(
        "decision",
        decisions.KeptDecision,
        decisions.RecordDecision,
        decisions.RoutingDecided,
        "decision_id",
        decide=decisions.decide_decision,
        evolve=decisions.evolve_decision,
    ),
    context(
        "profile",
        editions.KeptProfile,
        editions.UseProfile,
        editions.ProfileUsed,
        "label",
        decide=editions.decide_profile,
        evolve=editions.evolve_profile,
        is_fixed=True,
    ),
    context(
        "customer",
        customers.Customer,
        customers.CustomerCommand,
        customers.CustomerEvent,
        "person_id",
        decide=customers.decide_customer,
        evolve=customers.evolve_customer,
        only_known=True,
    ),
    context(
        "ledger",
        ledger.Ledger,
        ledger.PostEntry,
        ledger.EntryPosted,
        "owner",
        decide=ledger.decide_ledger,
        evolve=ledger.evolve_ledger,
    ),
    Context(
        prefix="invoice",
        state=invoices.Invoice,
        commands=(invoices.IssueInvoice,),
        events=(invoices.InvoiceIssued,),
        id_of=lambda command: command.invoice.number,
        decide=invoices.decide_invoice,
        evolve=invoices.evolve_invoice,
        listed=entries.invoice_entries,
        is_fixed=True,
    ),
    context(
        "series",
        series.NumberSeries,
        series.TakeNumber,
        series.NumberTaken,
        "series",
        decide=series.decide_series,
        evolve=series.evolve_series,
    ),
    context(
        "external",
        externals.ExternalId,
        externals.RecordExternalId,
        externals.ExternalIdRecorded,
        "key",
        decide=externals.decide_external,
        evolve=externals.evolve_external,
        listed=entries.external_entries,
    ),
)

BY_COMMAND: dict[type[Any], Context] = {command: each for each in CONTEXTS for command in each.commands}
BY_PREFIX: dict[str, Context] = {each.prefix: each for each in CONTEXTS}
BY_STATE: dict[type[Any], Context] = {each.state: each for each in CONTEXTS}

RELIED_ON = frozenset(each.prefix for each in CONTEXTS if not (each.is_fixed or each.only_known))
"""Where a record that was looked at must still be the same when what was decided by it is committed."""


def context_of(kind: type[Any]) -> Context:
    """The context whose records are of that class. Raises: InputError naming the classes there are."""
    try:
        return BY_STATE[kind]
    except (KeyError, TypeError):
        known = ", ".join(sorted(each.__name__ for each in BY_STATE))
        name = getattr(kind, "__name__", repr(kind))
        raise InputError(f"{name} is no sort of record; look at one of {known}", code="input.record_kind") from None


EVENTS: tuple[type[Any], ...] = tuple(event for each in CONTEXTS for event in each.events)

MOVING: frozenset[type[Any]] = frozenset(event for event in EVENTS if hasattr(event, "moves"))
"""The events that move units of stock."""


@cache
def shop_codec() -> Codec:
    """The codec of everything a shop stores: one for the whole program, as its functions take a while to make."""
    return Codec(EVENTS)
