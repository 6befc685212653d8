"""Status words, computed from the numbers and never stored."""

from __future__ import annotations

from enum import StrEnum

from omscore.orders.model import Order


class OrderStatus(StrEnum):
    """Where an order stands, in the word a shop owner would use."""

    ON_HOLD = "on hold"
    OPEN = "open"
    BACKORDERED = "backordered"
    IN_PROGRESS = "in progress"
    PARTLY_SHIPPED = "partly shipped"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    PARTLY_RETURNED = "partly returned"
    RETURNED = "returned"
    CANCELLED = "cancelled"


def status_of(order: Order) -> OrderStatus:
    """The one word for an order: what is still to do comes before what was done.

    Shape: holds count only while units are left to ship; cancelled units count only when nothing else is left.
    """
    total = sum(line.units for line in order.lines)
    cancelled = sum(line.quantities.cancelled for line in order.lines)
    returned = sum(line.quantities.returned for line in order.lines)
    delivered = sum(line.quantities.delivered for line in order.lines)
    handed_over = sum(line.quantities.handed_over for line in order.lines)
    backordered = sum(line.quantities.backordered for line in order.lines)
    open_units = sum(line.quantities.open for line in order.lines)
    unshipped = total - cancelled - handed_over
    if cancelled == total:
        return OrderStatus.CANCELLED
    if unshipped:
        if order.holds:
            return OrderStatus.ON_HOLD
        if handed_over:
            return OrderStatus.PARTLY_SHIPPED
        if open_units == unshipped:
            return OrderStatus.OPEN
        return OrderStatus.BACKORDERED if backordered == unshipped else OrderStatus.IN_PROGRESS
    if returned == handed_over:
        return OrderStatus.RETURNED
    if returned:
        return OrderStatus.PARTLY_RETURNED
    return OrderStatus.DELIVERED if delivered == handed_over else OrderStatus.SHIPPED
