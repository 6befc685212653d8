"""Unique names: the channel's order number and the return an exchange is for must lead to the order, and back; what
was billed must lead to its invoice.
"""

from __future__ import annotations

from omscore.audit.findings import Findings, Law
from omscore.audit.streams import Replayed
from omscore.billing.invoices import Invoice
from omscore.codec import Codec
from omscore.engine.dispatch import Recorded
from omscore.engine.plans.invoicing import invoiced_name
from omscore.errors import DamageError
from omscore.orders.model import Order
from omscore.ports.repairs import ClaimCure
from omscore.ports.storage import StorageReading
from omscore.returns.model import exchange_name

_OURS = ("reference:", "exchange:", "invoiced:")
"""How the names start that only orders and invoices take; what others claimed is theirs to judge."""


class ClaimBook:
    """The names that orders and invoices bear, held against the claims in the store; of each only a hash is kept."""

    def __init__(self, storage: StorageReading, codec: Codec, found: Findings) -> None:
        self._storage = storage
        self._codec = codec
        self._found = found
        self._met: set[int] = set()

    def order(self, order: Order, record: Replayed) -> None:
        """Report a claim of an order that leads elsewhere, and an answer to its channel that names another order."""
        if order.reference:
            self._check_answer(f"place:{order.channel}:{order.reference}", order)
        for name in _names(order):
            self._bears(name, record)

    def invoice(self, invoice: Invoice, record: Replayed) -> None:
        """Report a claim on what an invoice bills that leads elsewhere."""
        self._bears(invoiced_name(invoice.entry_id), record)

    def end(self, *, is_trusted: bool) -> None:
        """Report the claims that nobody bears. Shape: they can be cured where the whole log `is_trusted`."""
        for claim in self._storage.claims():
            if claim.name.startswith(_OURS) and hash(claim.name) not in self._met:
                cure = ClaimCure(name=claim.name, was=claim.stream, becomes=None) if is_trusted else None
                says = f"it leads to {claim.stream}, which does not bear this name"
                self._found.add(Law.CLAIMS, f"claim {claim.name}", says, cure)

    def _bears(self, name: str, record: Replayed) -> None:
        self._met.add(hash(name))
        holder = self._storage.claimed(name)
        if holder != record.stream:
            cure = ClaimCure(name=name, was=holder, becomes=record.stream) if record.is_trusted else None
            self._found.add(Law.CLAIMS, record.stream, f"its name {name} leads to {holder or 'nothing'}", cure)

    def _check_answer(self, key: str, order: Order) -> None:
        """An order sent under a key of the caller's own has no answer under this one; if there is one it is right."""
        known = self._storage.answer(key)
        if known is None:
            return
        try:
            named = self._codec.record(known.answer, Recorded).id_of("order")
        except DamageError:
            return  # what cannot be read is reported with the answers
        if named != order.order_id:
            self._found.add(
                Law.CLAIMS,
                f"order/{order.order_id}",
                f"the answer kept under {key} names order {named or '(none)'} instead",
            )


def _names(order: Order) -> list[str]:
    names = []
    if order.reference:
        names.append(f"reference:{order.channel}:{order.reference}")
    if order.exchange_for is not None:
        names.append(exchange_name(order.exchange_for))
    return names
