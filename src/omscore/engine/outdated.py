"""Whether a letter written now would still be true: what it was to tell may have changed since it was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from omscore.engine.unit import Unit
from omscore.fulfillment.model import FulfillmentOrder
from omscore.ids import CartId, FulfillmentId, PaymentId
from omscore.orders.carts import Cart, CartState
from omscore.orders.model import HoldKind, Order
from omscore.orders.promises import promised_on
from omscore.payments.model import Payment


def why_outdated(unit: Unit, template: str, payload: Mapping[str, str]) -> str:
    """Why this letter is not sent any more; empty when it is."""
    match template:
        case "invoice_due":
            attempt = unit.get(Payment, PaymentId(payload["payment_id"])).attempt(payload["attempt_key"])
            return "" if attempt is not None and attempt.is_due else "it is settled"
        case "delayed":
            return _not_late(unit, payload)
        case "cart_reminder":
            return _not_left(unit, payload)
        case "followup":
            order = unit.get(Order, payload["order_id"])
            return "goods are coming back" if order.returns else ""
        case _:
            return ""


def as_of_today(unit: Unit, template: str, payload: Mapping[str, str]) -> Mapping[str, str]:
    """What a letter tells that is still true, with the figures of today: less may be due than when it was asked for."""
    if template != "invoice_due":
        return payload
    attempt = unit.get(Payment, PaymentId(payload["payment_id"])).attempt(payload["attempt_key"])
    return payload if attempt is None else {**payload, "amount": str(attempt.due)}


def _not_late(unit: Unit, payload: Mapping[str, str]) -> str:
    order = unit.get(Order, payload["order_id"])
    if "fulfillment_id" in payload:
        work = unit.get(FulfillmentOrder, FulfillmentId(payload["fulfillment_id"]))
        if work.shipped_at is not None or not any(line.to_pick + line.picked + line.packed for line in work.lines):
            return "it left, or is not sent any more"
        unpaid = order.has_hold(HoldKind.PAYMENT) or order.has_hold(HoldKind.PAYMENT_DECLINED)
        return "it waits for the customer's payment" if unpaid else ""
    waiting = sum([line.quantities.waiting for line in order.lines])
    if not waiting:
        return "nothing waits any more"
    day = str(promised_on(order.promises, waiting) or "")
    return "" if payload["arrives_on"] == day else "another day is promised by now"


def _not_left(unit: Unit, payload: Mapping[str, str]) -> str:
    cart = unit.get(Cart, CartId(payload["cart_id"]))
    if cart.state is not CartState.ABANDONED or not cart.lines:
        return "the cart was taken up again, or is empty"
    bought = unit.desk.reader.listed("person", payload["person_id"], limit=1_000_000)
    orders = [unit.get(Order, stream.partition("/")[2]) for stream in bought[-1:]]
    left_at = datetime.fromisoformat(payload["left_at"])
    return "the customer ordered since" if any(order.placed_at > left_at for order in orders) else ""
