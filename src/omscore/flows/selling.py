"""What an ERP is told of as sales: an order as it was agreed, and units of it that are cancelled later.

Cancelled units are valued as the last of their line, where a shipment takes the first. So what was sold less what was
cancelled is worth what all shipments of the order are worth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from omscore.billing.sales import CancelledUnits, Cancelling, Sale, SaleLine, SaleTax
from omscore.flows.world import Later, TaskKind
from omscore.ids import OrderId
from omscore.money import Money
from omscore.orders.amounts import Amounts
from omscore.orders.events import OrderPlaced, UnitsCancelled
from omscore.orders.kits import paper_title
from omscore.orders.model import Order, OrderLine


def sales_told(
    events: Iterable[Any],
    order_of: Callable[[OrderId], Order],
    version_of: Callable[[OrderId], int],
    text_of: Callable[[Cancelling], str],
) -> Iterator[Later]:
    """A task for each order that the events of a commit placed, and one for each that they cancelled units of.

    Shape: none for an order that was placed and cancelled whole in this commit.
    """
    placed: dict[OrderId, datetime] = {}
    cancelled: dict[OrderId, dict[int, int]] = {}
    moments: dict[OrderId, datetime] = {}
    for event in events:
        match event:
            case OrderPlaced():
                placed[event.order_id] = event.at
            case UnitsCancelled():
                units = event.from_open + event.from_backordered + sum([take.units for take in event.drops])
                by_line = cancelled.setdefault(event.order_id, {})
                by_line[event.line_id] = by_line.get(event.line_id, 0) + units
                moments[event.order_id] = event.at
            case _:
                continue
    for order_id, at in placed.items():
        if order_id in cancelled and order_of(order_id).is_cancelled:
            del cancelled[order_id]
        else:
            yield _task(order_id, f"{order_id}.erp.sale", at)
    for order_id, by_line in cancelled.items():
        order, sale_id = order_of(order_id), f"{order_id}.cancelled.{version_of(order_id)}"
        units_of = [
            CancelledUnits(line_id, order.line(line_id).quantities.cancelled - units, units)
            for line_id, units in sorted(by_line.items())
        ]
        told = Cancelling(sale_id=sale_id, at=moments[order_id], units=tuple(units_of))
        yield _task(order_id, f"{sale_id}.erp.sale", told.at, cancelled=text_of(told))


def _task(order_id: OrderId, task_id: str, at: datetime, **more: str) -> Later:
    return Later(task_id=task_id, kind=TaskKind.ERP_SALE, due_at=at, payload={"order_id": order_id, **more})


def sale_of(order: Order) -> Sale:
    """The order as it was agreed, whatever became of its units since."""
    return _sale(order, order.order_id, order.placed_at, [(line, line.units, line.amounts) for line in order.lines])


def taken_back(order: Order, cancelling: Cancelling) -> Sale:
    """What those cancelled units were sold for."""
    parts = []
    for line_id, before, units in cancelling.units:
        line = order.line(line_id)
        parts.append((line, units, line.amounts.part(line.units - before - units, units, line.units)))
    return _sale(order, cancelling.sale_id, cancelling.at, parts)


def _sale(order: Order, sale_id: str, at: datetime, parts: Iterable[tuple[OrderLine, int, Amounts]]) -> Sale:
    lines: list[SaleLine] = []
    taxes: dict[tuple[str, Decimal], Money] = {}
    total = Amounts.zero(order.currency)
    for line, units, amounts in parts:
        lines.append(
            SaleLine(
                line_id=line.line_id,
                sku=line.sku,
                title=paper_title(order, line) or line.sku,
                units=units,
                net=amounts.goods.net,
            )
        )
        key = (line.tax_code, line.tax_rate)
        taxes[key] = taxes.get(key, Money.zero(order.currency)) + amounts.tax
        total = total + amounts
    return Sale(
        sale_id=sale_id,
        order_id=order.order_id,
        reference=order.reference,
        person_id=order.person_id,
        at=at,
        lines=tuple(lines),
        shipping=total.shipping.net,
        charges=total.charges.net,
        taxes=tuple([SaleTax(code=code, rate=rate, tax=tax) for (code, rate), tax in sorted(taxes.items())]),
    )
