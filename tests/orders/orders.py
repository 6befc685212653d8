"""Orders to try the laws on, placed from a few numbers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import reduce

from omscore.ids import OrderId
from omscore.money import Money, UnitPrice
from omscore.orders.amounts import Amounts
from omscore.orders.commands import LineTax, OrderCommand, PlaceOrder, WantedLine
from omscore.orders.decide import decide
from omscore.orders.evolve import evolve
from omscore.orders.model import Order
from omscore.places import Destination

NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)
ORDER = OrderId("ord_1")


def wanted(price: str, units: int, currency: str = "EUR", *, discount: int = 0) -> WantedLine:
    """A line of so many units at a price; `discount` in minor units comes off the line."""
    return WantedLine(
        sku="TEA", units=units, unit_price=UnitPrice.of(price, currency), discount=Money(discount, currency)
    )


def place(
    *lines: WantedLine,
    rates: Sequence[str] | str = "0",
    percent: str = "0",
    discount: int = 0,
    shipping: int = 0,
    charges: int = 0,
    gross: bool = True,
    unit_tax: bool = False,
) -> PlaceOrder:
    """The command for an order; amounts in minor units, one tax rate for all lines or one per line."""
    currency = lines[0].unit_price.currency
    per_line = [rates] * len(lines) if isinstance(rates, str) else rates
    return PlaceOrder(
        order_id=ORDER,
        channel="web",
        currency=currency,
        destination=Destination(country="DE"),
        lines=lines,
        at=NOON,
        discount=Money(discount, currency),
        discount_percent=Decimal(percent),
        shipping=Money(shipping, currency),
        charges=Money(charges, currency),
        prices_include_tax=gross,
        unit_tax=unit_tax,
        taxes=tuple(LineTax("S", Decimal(rate)) for rate in per_line),
    )


def after(order: Order | None, *commands: OrderCommand) -> Order:
    """The order after these commands."""
    for command in commands:
        order = reduce(evolve, decide(order, command), order)
    assert order is not None
    return order


def refunds(amounts: Amounts, units: int, steps: Sequence[int]) -> list[Money]:
    """The gross worth of taking `units` units in these steps."""
    assert sum(steps) == units
    return [amounts.part(sum(steps[:at]), step, units).gross for at, step in enumerate(steps)]
