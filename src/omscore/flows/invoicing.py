"""Which documents an order's story asks for: one for each shipment, one for each time that goods were taken back.

Their amounts are worked out line by line as the order did and must come to what it said, so that an invoice and the
journal entry of the same shipment never differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from omscore.billing.drawing import BilledUnits
from omscore.billing.invoices import InvoiceKind
from omscore.errors import DamageError
from omscore.ids import ReturnId
from omscore.money import Money, Rounding
from omscore.orders.amounts import Amounts
from omscore.orders.events import LinesReturned, LinesShipped
from omscore.orders.kits import paper_title
from omscore.orders.model import LineUnits, Order, OrderLine
from omscore.orders.totals import net_within


class Bill(NamedTuple):
    """What one document is about.

    Shape: `entry_id` is that of the journal entry of the same event; `return_id` is None for a shipment.
    """

    kind: InvoiceKind
    entry_id: str
    return_id: ReturnId | None
    at: datetime
    owed: Money
    billed: tuple[BilledUnits, ...]


def bills_of(order: Order, events: Iterable[Any]) -> list[Bill]:
    """The documents of an order in the order of its events; none for what costs nothing.

    Raises: DamageError when an event says another amount than its units are worth.
    """
    found = []
    shipped: dict[int, int] = {}
    returned: dict[int, int] = {}
    disposed: dict[ReturnId, int] = {}
    for event in events:
        match event:
            case LinesShipped():
                parts = _parts(order, event.units, shipped)
                kind, entry_id, return_id = InvoiceKind.INVOICE, f"{event.fulfillment_id}.sale", None
            case LinesReturned():
                parts = _parts(order, event.units, returned)
                if Amounts.total([part for _, _, _, part in parts], order.currency) != event.amounts:
                    parts = [(line, done, units, part.goods_only()) for line, done, units, part in parts]
                return_id = event.return_id
                disposed[return_id] = disposed.get(return_id, 0) + sum([units for _, units in event.units])
                kind, entry_id = InvoiceKind.CREDIT_NOTE, f"{return_id}.credit.{disposed[return_id]}"
            case _:
                continue
        if Amounts.total([part for _, _, _, part in parts], order.currency) != event.amounts:
            raise DamageError(
                f"order {order.order_id} says {event.amounts.gross} of {entry_id}, which its units are not worth; run "
                "`omscore audit`",
                code="damage.amounts",
            )
        if not event.amounts.gross.is_zero:
            billed = tuple([_billed(order, *part) for part in parts])
            found.append(Bill(kind, entry_id, return_id, event.at, event.amounts.gross, billed))
    return found


def _parts(order: Order, units: Sequence[LineUnits], done: dict[int, int]) -> list[tuple[OrderLine, int, int, Amounts]]:
    """Each line with the units before these, these units, and what they are worth."""
    found = []
    for line_id, count in units:
        line, before = order.line(line_id), done.get(line_id, 0)
        done[line_id] = before + count
        found.append((line, before, count, line.amounts.part(before, count, line.units)))
    return found


def _billed(order: Order, line: OrderLine, before: int, units: int, part: Amounts) -> BilledUnits:
    is_net = line.unit_price.extend(line.units, rounding=Rounding.HALF_UP) - line.discount == line.amounts.goods.net
    discount = line.discount.part(before, units, line.units)
    return BilledUnits(
        line_id=line.line_id,
        sku=line.sku,
        title=paper_title(order, line) or line.sku,
        units=units,
        unit_price=line.unit_price if is_net else None,
        discount=discount if is_net else net_within(discount, line.tax_rate),
        net=part.goods.net,
        shipping=part.shipping.net,
        charges=part.charges.net,
        tax=part.tax,
        tax_code=line.tax_code,
        tax_rate=line.tax_rate,
    )
