"""The words of every notice: plain text with named gaps, filled from fixed fields only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from string import Template
from typing import Final

from omscore.calendars import local_date
from omscore.money import Money
from omscore.orders.model import Order
from omscore.parties import Person
from omscore.policy.shop import Shop
from omscore.ports.letters import CUSTOMER_LETTERS, LETTER_FACTS, Letter, LetterWish

LETTERS: Final[Mapping[str, tuple[str, str]]] = {
    "order_placed": (
        "We have your order $order_id",
        "Hello $name,\n\nthank you for your order $order_id of $total. You will hear from us when it "
        "leaves.\n\n$lines\n",
    ),
    "payment_declined": (
        "Payment for order $order_id",
        "Hello $name,\n\nyour payment for order $order_id was declined ($says). Please choose another way to pay; "
        "we keep your goods for $hours hours.\n",
    ),
    "shipped": (
        "Your order $order_id is on its way",
        "Hello $name,\n\na parcel of your order $order_id has left. Tracking: $tracking\n",
    ),
    "delivered": (
        "Your order $order_id arrived",
        "Hello $name,\n\na parcel of your order $order_id was delivered. Tracking: $tracking\n",
    ),
    "followup": (
        "How was your order $order_id?",
        "Hello $name,\n\nyour order $order_id arrived some days ago. Did everything arrive? How would you rate "
        "it, from 1 "
        "to 5? If anything is wrong, answer this message or write to $shop_mail.\n",
    ),
    "return_received": (
        "Your return for order $order_id arrived",
        "Hello $name,\n\nwe received goods of your order $order_id and will look at them shortly.\n",
    ),
    "refunded": (
        "Refund for order $order_id",
        "Hello $name,\n\nwe refunded $amount for your order $order_id.\n",
    ),
    "cart_abandoned": (
        "Abandoned cart $cart_id",
        "A cart of $units units on channel $channel was left; its units are free again.\n",
    ),
    "not_to_be_had": (
        "Part of your order $order_id is cancelled",
        "Hello $name,\n\nwe are sorry: these goods of your order $order_id are not to be had, and we have cancelled "
        "them:\n\n$gone\n\nYou pay nothing for them; what was paid already comes back to you.\n",
    ),
    "backorder": ("Order $order_id waits for stock", "$units units of order $order_id have no source yet.\n"),
    "capture_failed": (
        "Capture failed for order $order_id",
        "Order $order_id left, but its money could not be captured: $says\n",
    ),
    "task_failed": ("Task $task_id was given up", "$says\n\nLook into it and settle it by hand.\n"),
    "callback_refused": (
        "A callback for payment $payment_id was not applied",
        "$says\n\nThe callback was $callback_id.\n",
    ),
    "callback_contradicts": (
        "A callback contradicts payment $payment_id",
        "$says\n\nThe callback was $callback_id. Nothing was changed; an order not sent yet is on hold for review.\n",
    ),
    "refund_failed": (
        "Refund failed for order $order_id",
        "A refund for order $order_id was declined: $says\n",
    ),
}
"""Subject and text by template name."""

SHOP_LETTERS = frozenset(
    {
        "task_failed",
        "cart_abandoned",
        "backorder",
        "capture_failed",
        "refund_failed",
        "callback_refused",
        "callback_contradicts",
    }
)
"""Those that go to the shop's own people."""


def letter(
    template: str,
    *,
    shop: Shop,
    person: Person | None,
    order: Order | None,
    fields: Mapping[str, str],
    write: Callable[[LetterWish], Letter] | None = None,
) -> Letter:
    """The letter, as `write` has it if it is for a customer and the shop has a writer, else in the plain words.

    Raises: KeyError for a gap without a field, a mistake in this module; PortError when the writer cannot.
    """
    if write is not None and order is not None and template in CUSTOMER_LETTERS:
        wish = LetterWish(
            template=template, channel=order.channel, locale=shop.locale, facts=_facts(shop, person, order, fields)
        )
        return write(wish)
    values = {
        "shop_mail": shop.mail,
        "hours": str(shop.flows.cancel_unpaid_after_hours),
        "name": person.name if person else "",
        "order_id": order.order_id if order else "",
        "total": str(order.total) if order else "",
        "lines": _lines(order) if order else "",
        **fields,
    }
    subject, text = LETTERS[template]
    signed = Template(text).substitute(values) + f"\n{shop.name}\n"
    return Letter(subject=Template(subject).substitute(values), text=signed)


def _facts(
    shop: Shop, person: Person | None, order: Order, fields: Mapping[str, str]
) -> Mapping[str, str | Money | date]:
    """All there is to tell, amounts and days as such. Shape: one entry for each of LETTER_FACTS."""
    told: dict[str, str | Money | date] = dict.fromkeys(LETTER_FACTS, "")
    told |= {
        "name": person.name if person else "",
        "order_id": order.order_id,
        "total": order.total,
        "lines": fields.get("gone") or _lines(order),  # those the letter is about
        "ordered_on": local_date(order.placed_at, shop.timezone),
        "shop_name": shop.name,
        "shop_mail": shop.mail,
        "hours": str(shop.flows.cancel_unpaid_after_hours),
        "says": fields.get("says", ""),
        "tracking": fields.get("tracking", ""),
    }
    if "arrives_at" in fields:  # letters asked for by earlier versions have none
        told["arrives_on"] = local_date(datetime.fromisoformat(fields["arrives_at"]), shop.timezone)
    if "amount" in fields:
        told["amount"] = Money.of(*fields["amount"].split(" "))
    return told


def _lines(order: Order) -> str:
    return "\n".join(f"  {line.units} x {line.title or line.sku}" for line in order.lines[:20])
