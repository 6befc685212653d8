"""The words of every notice: plain text with named gaps, filled from fixed fields only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from string import Template
from typing import Final

from omscore.calendars import local_date
from omscore.money import Money
from omscore.orders.carts import Cart
from omscore.orders.model import Order
from omscore.parties import Person
from omscore.policy.shop import Shop
from omscore.ports.letters import LETTER_FACTS, WRITTEN_LETTERS, Letter, LetterWish

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
    "delayed": (
        "Your order $order_id is late",
        "Hello $name,\n\nwe are sorry: these goods of your order $order_id come later than we said.\n\n$lines\n\n"
        "$news\n",
    ),
    "invoice_due": (
        "Please pay $amount for order $order_id",
        "Hello $name,\n\nwe asked for $amount for your order $order_id, due on $due_on, and have not seen it yet. "
        "Please transfer it and name $order_id. If you paid in the last days, there is nothing to do.\n",
    ),
    "cart_reminder": (
        "You left something behind",
        "Hello $name,\n\nthis is still in your cart; it is no longer kept for you, but you can take it up again:\n\n"
        "$lines\n",
    ),
    "low_stock": (
        "$sku runs low",
        "$units units of $sku can be sold, and you wanted to hear of it from $point on. Order some more.\n",
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
    "review_held": (
        "Order $order_id is held for you to look at",
        "A reviewer holds order $order_id: $says\n\nRelease the hold held_by_reviewer, or cancel the order.\n",
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
        "low_stock",
        "cart_abandoned",
        "backorder",
        "capture_failed",
        "refund_failed",
        "callback_refused",
        "callback_contradicts",
        "review_held",
    }
)
"""Those that go to the shop's own people."""


def letter(
    template: str,
    *,
    shop: Shop,
    person: Person | None,
    about: Order | Cart | None,
    lines: str,
    fields: Mapping[str, str],
    write: Callable[[LetterWish], Letter] | None = None,
) -> Letter:
    """The letter, as `write` has it if it is one that is written and the shop has a writer, else in the plain words.

    Shape: `lines` are the goods it speaks of, one a line (`engine.goods`).
    Raises: KeyError for a gap without a field, a mistake in this module; PortError when the writer cannot.
    """
    facts = _facts(shop, person, about, lines, fields)
    if write is not None and template in WRITTEN_LETTERS:
        channel = "" if about is None else about.channel
        return write(LetterWish(template=template, channel=channel, locale=shop.locale, facts=facts))
    arrives_on = facts["arrives_on"]
    news = f"We now expect them on {arrives_on}." if arrives_on else "We will write to you as soon as they leave."
    values = {**{name: str(fact) for name, fact in facts.items()}, "news": news, **fields}
    subject, text = LETTERS[template]
    signed = Template(text).substitute(values) + f"\n{shop.name}\n"
    return Letter(subject=Template(subject).substitute(values), text=signed)


def _facts(
    shop: Shop, person: Person | None, about: Order | Cart | None, lines: str, fields: Mapping[str, str]
) -> Mapping[str, str | Money | date]:
    """All there is to tell, amounts and days as such. Shape: one entry for each of LETTER_FACTS."""
    told: dict[str, str | Money | date] = dict.fromkeys(LETTER_FACTS, "")
    told |= {
        "name": person.name if person else "",
        "lines": lines,
        "shop_name": shop.name,
        "shop_mail": shop.mail,
        "hours": str(shop.flows.cancel_unpaid_after_hours),
        "says": fields.get("says", ""),
        **{name: fields.get(name, "") for name in ("tracking", "sku", "units", "point")},
    }
    if isinstance(about, Order):
        told |= {
            "order_id": about.order_id,
            "total": about.total,
            "ordered_on": local_date(about.placed_at, shop.timezone),
        }
    if fields.get("arrives_on"):
        told["arrives_on"] = date.fromisoformat(fields["arrives_on"])
    for name, moment in (("arrives_on", "arrives_at"), ("due_on", "owed_at")):
        if moment in fields:  # letters asked for by earlier versions have none
            told[name] = local_date(datetime.fromisoformat(fields[moment]), shop.timezone)
    if "amount" in fields:
        told["amount"] = Money.of(*fields["amount"].split(" "))
    return told
