"""The words of letters: what is to be told goes in as facts, a subject and a text come out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final, Protocol

from omscore.money import Money
from omscore.records import frozen

LETTER_FACTS: Final = (
    "name",
    "order_id",
    "total",
    "lines",
    "ordered_on",
    "shop_name",
    "shop_mail",
    "says",
    "hours",
    "tracking",
    "arrives_on",
    "amount",
    "due_on",
    "sku",
    "units",
    "point",
)
"""What every letter may speak of; a fact that a letter has no use for is empty."""

CUSTOMER_LETTERS: Final = (
    "order_placed",
    "payment_declined",
    "shipped",
    "delivered",
    "followup",
    "return_received",
    "refunded",
    "not_to_be_had",
    "delayed",
    "invoice_due",
    "cart_reminder",
)
"""The letters to customers, in the language of the order's channel."""

WRITTEN_LETTERS: Final = (*CUSTOMER_LETTERS, "low_stock")
"""The letters that are written, the shop's own among them; its other alerts keep their plain words."""


@frozen(kw_only=True)
class LetterWish:
    """A letter to be written.

    Shape: `facts` has an entry for each of LETTER_FACTS; amounts and days come as such, for the reader's language to
    form; `locale` is the shop's own; `channel` is empty for a letter to the shop's own people.
    """

    template: str
    channel: str
    locale: str
    facts: Mapping[str, str | Money | date]


@frozen(kw_only=True)
class Letter:
    """A letter as it is sent. Shape: `html` is empty, or says the same as `text`."""

    subject: str
    text: str
    html: str = ""


class LetterPort(Protocol):
    """One way of writing letters. Nothing outside changes by it, so a letter may be written any number of times."""

    def write(self, wish: LetterWish) -> Letter:
        """The letter. Raises: PortRefusedError when its template cannot tell these facts; PortTransientError."""
        ...
