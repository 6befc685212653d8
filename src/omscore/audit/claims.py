"""Names from outside: the channel's order number and the return an exchange is for must lead to the order itself."""

from __future__ import annotations

from omscore.audit.findings import Findings, Law
from omscore.codec import Codec
from omscore.engine.dispatch import Recorded
from omscore.engine.unit import exchange_name
from omscore.errors import DamageError
from omscore.orders.model import Order
from omscore.ports.storage import Storage


def check_claims(order: Order, storage: Storage, codec: Codec, found: Findings) -> None:
    """Report a claim of an order that leads elsewhere, and an answer to its channel that names another order."""
    stream = f"order/{order.order_id}"
    names = []
    if order.reference:
        names.append(f"reference:{order.channel}:{order.reference}")
        _check_answer(f"place:{order.channel}:{order.reference}", order, storage, codec, found)
    if order.exchange_for is not None:
        names.append(exchange_name(order.exchange_for))
    for name in names:
        holder = storage.claimed(name)
        if holder != stream:
            found.add(Law.CLAIMS, stream, f"its name {name} leads to {holder or 'nothing'}")


def _check_answer(key: str, order: Order, storage: Storage, codec: Codec, found: Findings) -> None:
    """An order sent under a key of the caller's own has no answer under this one; one that is there must be right."""
    known = storage.answer(key)
    if known is None:
        return
    try:
        named = codec.record(known.answer, Recorded).id_of("order")
    except DamageError as error:
        found.add(Law.CLAIMS, f"order/{order.order_id}", f"the answer kept under {key} cannot be read: {error}")
        return
    if named != order.order_id:
        found.add(
            Law.CLAIMS,
            f"order/{order.order_id}",
            f"the answer kept under {key} names order {named or '(none)'} instead",
        )
