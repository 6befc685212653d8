"""What a shop sets about purchase orders in X12."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from omscore.records import frozen


@frozen(kw_only=True)
class X12Settings:
    """What a purchase order leaves to agreement between the two sides.

    Shape: `currency` and `country` hold where an order names none; `sku_qualifiers` are looked for in this order among
    the article numbers of a line; `units` are the units of measure that mean single pieces.

    >>> X12Settings().sku_qualifiers[0]
    'VP'
    """

    currency: str = "USD"
    country: str = "US"
    sku_qualifiers: tuple[str, ...] = ("VP", "VN", "SK", "UP", "EN", "BP", "IN")
    units: tuple[str, ...] = ("EA", "PC")
    freight_codes: tuple[str, ...] = ("D240", "G821")
    prices_include_tax: bool = False
    skus: Mapping[str, str] = attrs.field(factory=dict)
