"""What one row is: goods sold, goods given back, a charge, or nothing. Looks at the row alone."""

from __future__ import annotations

import re
from enum import StrEnum

from omscore.cli.replay.rows import Row
from omscore.money import Money, Rounding, UnitPrice

CURRENCY = "GBP"
MOST_WORTH = 10_000_000
"""The most one row may come to, in pounds; the real year's largest comes to 168,469.60."""

SHIPPING_CODES = frozenset({"POST", "DOT", "C2"})
"""Postage, postage of the web shop, carriage."""
CHARGE_CODES = frozenset({"M", "S", "D", "B", "CRUK", "AMAZONFEE", "BANK CHARGES"})
"""Manual entry, samples, discount, bad debt, card and marketplace commissions, bank charges."""
_VOUCHER = re.compile(r"GIFT_0001_[0-9]+", re.ASCII)
_PRODUCT = re.compile(r"[0-9]{5}[A-Z]{0,3}|DCGS[0-9A-Z]+|PADS", re.ASCII)


class Fate(StrEnum):
    """What became of a row; every row has exactly one."""

    ORDER_LINE = "order line"
    CHARGE = "charge line"
    RETURN = "return"
    CANCELLATION = "cancellation"
    REJECT = "reject"


class Sort(StrEnum):
    """What a stock code stands for."""

    PRODUCT = "product"
    SHIPPING = "shipping"
    CHARGE = "charge"


class Part(StrEnum):
    """Which part of its invoice a row is."""

    LINE = "line"
    SHIPPING = "shipping"
    CHARGE = "charge"
    FEE = "fee"
    BACK = "back"


def sort_of(code: str) -> Sort | None:
    """What an upper-cased stock code stands for; None when nobody knows.

    >>> sort_of("85123A"), sort_of("DOT"), sort_of("GIFT_0001_20"), sort_of("?")
    (<Sort.PRODUCT: 'product'>, <Sort.SHIPPING: 'shipping'>, <Sort.CHARGE: 'charge'>, None)
    """
    if _PRODUCT.fullmatch(code):
        return Sort.PRODUCT
    if code in SHIPPING_CODES:
        return Sort.SHIPPING
    return Sort.CHARGE if code in CHARGE_CODES or _VOUCHER.fullmatch(code) else None


def is_credit(invoice: str) -> bool:
    """True for the invoices that take goods or money back."""
    return invoice.startswith("C")


def amount_of(row: Row) -> Money:
    """What the row is worth, to the penny."""
    worth = UnitPrice(row.price, CURRENCY).extend(abs(row.units), rounding=Rounding.HALF_UP)
    return worth if row.units >= 0 else -worth


def part_of(row: Row, sort: Sort | None) -> Part | str:
    """Which part of its invoice the row is, or the sentence that says why it is none."""
    if sort is None:
        return f"stock code {row.code} is neither a product nor a known charge"
    if row.units == 0:
        return "no units"
    if abs(row.units * row.price) > MOST_WORTH:
        return f"worth more than {MOST_WORTH} {CURRENCY}, which no row of a gift shop is"
    if is_credit(row.invoice):
        if row.units > 0:
            return "a credit note with units above zero: nothing is given back"
        if sort is not Sort.PRODUCT:
            return Part.FEE if amount_of(row).minor else "a charge of 0.00: nothing to book"
        if row.price < 0:
            return "a product at a negative price"
        return Part.BACK if row.customer else "goods given back by nobody known: no earlier order to look for"
    if row.units < 0:
        return "negative units on an invoice: a stock correction, not a sale"
    if row.price == 0 and not row.customer:
        return "no price and no customer: a stock note, not a sale"
    if sort is Sort.PRODUCT:
        return Part.LINE if row.price >= 0 else "a product at a negative price"
    worth = amount_of(row).minor
    if worth == 0:
        return "a charge of 0.00: nothing to book"
    if worth < 0:
        return Part.FEE
    return Part.SHIPPING if sort is Sort.SHIPPING else Part.CHARGE
