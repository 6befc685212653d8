"""What was agreed when an order was placed: its lines and its kits, at which price. None of it ever changes."""

from __future__ import annotations

from decimal import Decimal

from omscore.items import Ships
from omscore.money import Money, UnitPrice
from omscore.orders.amounts import Amounts
from omscore.records import frozen


@frozen(kw_only=True)
class AgreedKit:
    """Kits as they were ordered: at which price, and in how many; their parts are lines of the order.

    Shape: `kit_id` counts the kits of an order from 1; the amounts of its lines sum to what the kits cost.
    """

    kit_id: int
    sku: str
    title: str
    kits: int
    unit_price: UnitPrice
    discount: Money
    ships: Ships


@frozen(kw_only=True)
class AgreedLine:
    """What was agreed on one SKU at one price, with its share of every discount, charge and tax; it never changes.

    Shape: a part of the kit `kit_id` has `per_kit` units in each; its unit price is a share of the kit's, rounded for
    people: what counts is `amounts`.
    """

    line_id: int
    sku: str
    title: str
    units: int
    unit_price: UnitPrice
    discount: Money
    tax_code: str
    tax_rate: Decimal
    amounts: Amounts
    together: str = ""
    kit_id: int = 0
    per_kit: int = 0
