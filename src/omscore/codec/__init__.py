"""Records to JSON text and back, for the store.

Defaults are left out, enums go by value, named tuples as lists, money as `[minor, currency]`, an amount with its
tax as `[net, tax, currency]`, moments in ISO form. An event is written under its class name, which is a promise: it
never changes meaning once it has been stored.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from omscore.codec.reading import Readers
from omscore.codec.writing import Write, Writers, write_words
from omscore.errors import DamageError
from omscore.orders.agreed import AgreedLine
from omscore.orders.linestates import LineQuantities
from omscore.orders.model import Hold, Take
from omscore.places import Destination
from omscore.routing.model import Decision, PromisedDays

__all__ = ["Codec"]

R = TypeVar("R")

_KEPT = {
    AgreedLine: 1_024,
    LineQuantities: 256,
    Decision: 64,
    Destination: 64,
    Hold: 64,
    PromisedDays: 64,
    tuple[Take, ...]: 64,
}
"""What is written more than once: an agreed line at every step of its order, the few units most lines are of, a
decision, a hold and what was taken as a fact and in a state, a destination in each record of an order that names one,
the days of a shipment in the decisions of a day.
"""

_AT = frozenset({"at"})


class Codec:
    """Writes and reads the records of one registry of event classes.

    Raises: DamageError for text that is no record of the class it claims to be.

    >>> from datetime import UTC
    >>> from omscore.ids import OrderId, PaymentId
    >>> from omscore.orders.events import PaymentAttached
    >>> codec, noon = Codec([PaymentAttached]), datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> codec.event_body(PaymentAttached(order_id=OrderId("o1"), payment_id=PaymentId("o1.p1"), at=noon))
    '{"order_id":"o1","payment_id":"o1.p1"}'
    >>> codec.event("PaymentAttached", noon, '{"order_id":"o1","payment_id":"o1.p1"}').payment_id
    'o1.p1'
    """

    def __init__(self, events: Iterable[type[Any]]) -> None:
        self._events: Mapping[str, type[Any]] = {cls.__name__: cls for cls in events}
        self._writers = Writers(kept=_KEPT)
        self._sorted = Writers(in_key_order=True)
        self._readers = Readers()
        # Made when first needed, which is quicker than all at once for a program that asks one question.
        self._texts: dict[type[Any], Write] = {}
        self._bodies: dict[type[Any], Write] = {}
        self._contents: dict[tuple[type[Any], frozenset[str]], Write] = {}

    def text(self, record: object) -> str:
        """A record as JSON text."""
        try:
            write = self._texts[type(record)]
        except KeyError:
            write = self._texts[type(record)] = self._writers.of(type(record))
        return write(record)

    words = staticmethod(write_words)

    def content(self, record: object, *, leave_out: frozenset[str]) -> str:
        """A record as JSON text in key order without some of its fields, to tell equal wishes from different ones."""
        cls = type(record)
        write = self._contents.get((cls, leave_out))
        if write is None:
            write = self._contents[cls, leave_out] = self._sorted.record(cls, leave_out=leave_out)
        return f'["{cls.__name__}",{write(record)}]'

    def record(self, text: str, kind: type[R]) -> R:
        """The record back from its text."""
        try:
            found: R = self._readers.of(kind)(json.loads(text))
        except Exception as error:
            raise DamageError(f"stored text is no {kind.__name__}: {error!r}", code="damage.record") from error
        return found

    def event_body(self, event: object) -> str:
        """An event as JSON text, its moment left out: that has a column of its own."""
        try:
            write = self._bodies[type(event)]
        except KeyError:
            write = self._bodies[type(event)] = self._writers.record(type(event), leave_out=_AT)
        return write(event)

    def event(self, name: str, at: datetime, body: str) -> Any:
        """The event back from its name, moment and body."""
        cls = self._events.get(name)
        if cls is None:
            raise DamageError(
                f"no event is called {name!r}; was it written by a newer version?", code="damage.event_name"
            )
        try:
            fields = json.loads(body)
            fields["at"] = at
            return self._readers.of(cls)(fields)
        except Exception as error:
            raise DamageError(f"stored text is no {name}: {error!r}", code="damage.event") from error
