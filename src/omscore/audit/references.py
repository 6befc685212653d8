"""Records that name each other: an order its payments, fulfillment orders, returns and decisions, and they the order.

Whichever side is met first waits for the other; who still waits at the end is named.
"""

from __future__ import annotations

from omscore.audit.findings import Findings, Law


class References:
    """The references met on one side only so far."""

    def __init__(self, found: Findings) -> None:
        self._found = found
        self._named: dict[str, str] = {}
        self._there: dict[str, str] = {}

    def names(self, order_id: str, stream: str) -> None:
        """An order names a stream as its own."""
        if self._there.get(stream) == order_id:
            del self._there[stream]
        else:
            self._named[stream] = order_id

    def is_of(self, stream: str, order_id: str) -> None:
        """A stream says which order it is of."""
        if self._named.get(stream) == order_id:
            del self._named[stream]
        else:
            self._there[stream] = order_id

    def end(self) -> None:
        """Report the references that only one side knows of."""
        for stream, order_id in self._named.items():
            there = self._there.pop(stream, None)
            says = f"it says it is of order {there}" if there else "there is no such stream"
            self._found.add(Law.ORDERS, f"order/{order_id}", f"it names {stream}, but {says}")
        for stream, order_id in self._there.items():
            self._found.add(Law.ORDERS, stream, f"it is of order {order_id}, which does not name it")
