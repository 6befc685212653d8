"""Ids are opaque text with a readable prefix, drawn outside the core and handed in.

An entity that belongs to another is named after it (`ord_1.f2` is the second fulfillment order of `ord_1`), so that
one root id is all a use case has to draw, and the same command always makes the same ids.
"""

from __future__ import annotations

import itertools
import re
import secrets
import time
from typing import NewType, Protocol

from omscore.border.cards import refuse_card_number, without_card_numbers
from omscore.errors import InputError

OrderId = NewType("OrderId", str)
CartId = NewType("CartId", str)
ReservationId = NewType("ReservationId", str)
PaymentId = NewType("PaymentId", str)
FulfillmentId = NewType("FulfillmentId", str)
ReturnId = NewType("ReturnId", str)
DecisionId = NewType("DecisionId", str)
StockDocumentId = NewType("StockDocumentId", str)
SupplyId = NewType("SupplyId", str)
PersonId = NewType("PersonId", str)
ManifestId = NewType("ManifestId", str)
PickupId = NewType("PickupId", str)
LocationId = NewType("LocationId", str)
LineId = NewType("LineId", int)

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:@#/+-]{0,119}")
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def checked_id(text: object, *, what: str) -> str:
    """The text itself when it can serve as an id.

    Raises: InputError for anything but 1 to 120 plain ASCII characters, and for card numbers.

    >>> checked_id("ord_1.f2", what="order id")
    'ord_1.f2'
    """
    if type(text) is not str or _ID.fullmatch(text) is None:
        shown = ascii(without_card_numbers(text[:120])) if type(text) is str else type(text).__name__
        raise InputError(
            f"{what} {shown} is not usable: give 1 to 120 letters, digits or any of _.:@#/+- and start with a "
            "letter or digit",
            code="input.id",
            what=what,
        )
    refuse_card_number(text, what=what)
    return text


class IdSource(Protocol):
    """Draws root ids; injected, so that a test can name them beforehand."""

    def new(self, prefix: str) -> str: ...


class TimeOrderedIds:
    """Ids that sort by the millisecond they were drawn in, with 64 random bits behind it."""

    def new(self, prefix: str) -> str:
        return f"{prefix}_{_base32(time.time_ns() // 1_000_000, 10)}{_base32(secrets.randbits(65), 13)}"


class CountingIds:
    """Ids counted up from a start; the source for tests, demos and replays.

    >>> CountingIds(start=7).new("ord")
    'ord_7'
    """

    def __init__(self, start: int = 1) -> None:
        self._numbers = itertools.count(start)

    def new(self, prefix: str) -> str:
        return f"{prefix}_{next(self._numbers)}"


def _base32(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, remainder = divmod(number, 32)
        digits.append(_ALPHABET[remainder])
    return "".join(reversed(digits))
