"""Which lines of a wish are taken: in the order's currency, of a SKU, with units, a price and a tax that can be."""

from __future__ import annotations

from decimal import Decimal

from omscore.errors import InputError
from omscore.ids import OrderId
from omscore.items import checked_sku
from omscore.orders.commands import LineTax, PlaceOrder, WantedLine
from omscore.quantities import checked_units, is_count

MAX_LINES = 5_000
"""The most lines one order may have."""

_ZERO = Decimal(0)


def check_lines(command: PlaceOrder) -> None:
    """Raise InputError naming the first line, or tax of one, that no order can have."""
    for number, tax in enumerate(command.taxes, 1):
        check_tax(command.order_id, number, tax)
    if not 1 <= len(command.lines) <= MAX_LINES:
        raise InputError(
            f"order {command.order_id} has {len(command.lines)} lines; an order needs 1 to {MAX_LINES}",
            code="order.lines",
        )
    for number, line in enumerate(command.lines, 1):
        check_line(command.order_id, number, line, command.currency)


def check_tax(order_id: OrderId, number: int, tax: LineTax) -> None:
    """Raise InputError for a rate below zero."""
    if tax.rate < _ZERO:
        raise InputError(
            f"order {order_id} line {number} has the tax rate {tax.rate}; give zero or more",
            code="order.tax",
            line=number,
        )


def check_line(order_id: OrderId, number: int, line: WantedLine, currency: str) -> None:
    """Raise InputError for a line that no order in that currency can have."""
    checked_sku(line.sku)
    if not is_count(line.units):
        checked_units(line.units, what=f"order {order_id} line {number} units")
    if line.unit_price.currency != currency:
        raise foreign(order_id, f"line {number} is priced", line.unit_price.currency, currency)
    if line.discount is not None and line.discount.currency != currency:
        raise foreign(order_id, f"line {number} has a discount", line.discount.currency, currency)
    if line.unit_price.amount < _ZERO:
        raise InputError(
            f"order {order_id} line {number} has the negative price {line.unit_price.amount}; use a discount",
            code="order.price",
            line=number,
        )


def foreign(order_id: OrderId, what: str, found: str, currency: str) -> InputError:
    """The refusal of an amount that is not in the order's currency."""
    return InputError(f"order {order_id} {what} in {found}, the order is in {currency}", code="order.currency")
