"""Our keys, as they are noted at Stripe: in the metadata of the intent or refund, written by the call that acts.

So what became of a key can be read at Stripe itself, for as long as it keeps the payment: its own memory of idempotency
keys ends after a day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256

from omscore.errors import PortRefusedError
from omscore.records import frozen

PAYMENT = "omscore_payment"
AUTHORISE = "omscore_authorise"
VOID = "omscore_void"
REFUND = "omscore_refund"

_CAPTURE = "omscore_capture_"
_LONGEST_KEY = 400
_LONGEST_HEADER = 255


@frozen(kw_only=True)
class NotedPart:
    """One part of an authorisation that was captured or let go of, in Stripe's own count."""

    key: str
    number: int


@frozen(kw_only=True)
class Notebook:
    """The notes of one shop. `namespace` keeps the shops of one account apart."""

    namespace: str

    def payment(self, payment_id: str) -> str:
        """The payment, as no other shop of the account calls it."""
        return f"{self.namespace}/{payment_id}"

    def payment_id(self, metadata: Mapping[str, str]) -> str:
        """The payment an object belongs to; empty when it is none of this shop's.

        >>> Notebook(namespace="tea").payment_id({"omscore_payment": "tea/ord_1.p1"})
        'ord_1.p1'
        """
        shop, _, payment_id = metadata.get(PAYMENT, "").partition("/")
        return payment_id if shop == self.namespace else ""

    def idempotency_key(self, key: str, purpose: str = "") -> str:
        """What Stripe is told so that sending twice acts once: our key, unless it does not fit into a header.

        >>> Notebook(namespace="tea").idempotency_key("ord_1.p1.authorise")
        'tea/ord_1.p1.authorise'
        """
        plain = f"{self.namespace}/{key}" + (f"/{purpose}" if purpose else "")
        if len(plain) <= _LONGEST_HEADER and plain.isascii() and plain.isprintable():
            return plain
        return f"{self.namespace}/sha256/{sha256(plain.encode('utf-8', 'surrogatepass')).hexdigest()}"


def capture_note(key: str, number: int) -> dict[str, str]:
    """The note of one capture; an intent may bear many."""
    return {_CAPTURE + sha256(key.encode()).hexdigest()[:20]: f"{number} {key}"}


def void_note(key: str, number: int) -> dict[str, str]:
    """The note that what is left is let go of."""
    return {VOID: f"{number} {key}"}


def captures_noted(metadata: Mapping[str, str]) -> Iterator[NotedPart]:
    """Every capture noted, in a fixed order."""
    for name in sorted(metadata):
        if name.startswith(_CAPTURE) and (part := _part(metadata[name])):
            yield part


def void_noted(metadata: Mapping[str, str]) -> NotedPart | None:
    """The void noted, if any."""
    return _part(metadata.get(VOID, ""))


def check_key(key: str) -> None:
    """Let a key pass that can be noted. Raises: PortRefusedError."""
    try:
        key.encode()
    except UnicodeEncodeError:
        raise PortRefusedError(f"key {key!a} cannot be written down; give another order id") from None
    if not key.strip() or len(key) > _LONGEST_KEY:
        raise PortRefusedError(f"key {key[:40]!r} must have 1 to {_LONGEST_KEY} characters; give a shorter order id")


def _part(note: str) -> NotedPart | None:
    number, _, key = note.partition(" ")
    if not (number.isascii() and number.isdigit() and len(number) <= 15 and key):
        return None  # written by somebody else: nothing of ours
    return NotedPart(key=key, number=int(number))
