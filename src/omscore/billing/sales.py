"""A sale is what was agreed with a customer when the order was placed, as an ERP wants it: units and net prices.

What is cancelled later is a sale of its own, whose units and amounts are those to be taken back; neither ever changes.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from omscore.ids import OrderId, PersonId
from omscore.money import Money
from omscore.records import frozen


@frozen(kw_only=True)
class SaleLine:
    """Units of one order line. Units: `net` is without tax, for all units and after discounts."""

    line_id: int
    sku: str
    title: str
    units: int
    net: Money


@frozen(kw_only=True)
class SaleTax:
    """The tax of all lines of one code and rate, that on their shipping and charges included."""

    code: str
    rate: Decimal
    tax: Money


@frozen(kw_only=True)
class Sale:
    """What was sold, or what of it is taken back.

    Shape: `sale_id` is the id of the order, or of the cancelling; `reference` is what the channel calls the order.
    Units: `shipping` and `charges` are without tax.
    """

    sale_id: str
    order_id: OrderId
    reference: str
    person_id: PersonId | None
    at: datetime
    lines: tuple[SaleLine, ...]
    shipping: Money
    charges: Money
    taxes: tuple[SaleTax, ...]

    @property
    def currency(self) -> str:
        return self.shipping.currency

    @property
    def net(self) -> Money:
        """The sum without tax."""
        return Money.total([line.net for line in self.lines], self.currency) + self.shipping + self.charges

    @property
    def tax(self) -> Money:
        return Money.total([each.tax for each in self.taxes], self.currency)

    @property
    def gross(self) -> Money:
        return self.net + self.tax

    def is_all_of(self, sale: Sale) -> bool:
        """True when this takes all of the sale back at once."""
        return (self.lines, self.shipping, self.charges, self.taxes) == (
            sale.lines,
            sale.shipping,
            sale.charges,
            sale.taxes,
        )


class CancelledUnits(NamedTuple):
    """Units of one line that were cancelled when `before` of it were cancelled already."""

    line_id: int
    before: int
    units: int


@frozen(kw_only=True)
class Cancelling:
    """The units of an order that one commit cancelled, which is known by `sale_id`."""

    sale_id: str
    at: datetime
    units: tuple[CancelledUnits, ...]
