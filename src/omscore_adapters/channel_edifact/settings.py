"""What a shop sets about purchase orders in EDIFACT."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from omscore.records import frozen


@frozen(kw_only=True)
class EdifactSettings:
    """What an order leaves to agreement between the two sides.

    Shape: `currency` and `country` hold where an order names none; `sku_qualifiers` are looked for in this order among
    the article numbers of a line, those of LIN as `LIN`; `units` are the units of measure that mean single pieces.

    >>> EdifactSettings().sku_qualifiers
    ('SA', 'LIN', 'BP')
    """

    currency: str = "EUR"
    country: str = "DE"
    sku_qualifiers: tuple[str, ...] = ("SA", "LIN", "BP")
    units: tuple[str, ...] = ("PCE", "EA", "C62", "H87")
    skus: Mapping[str, str] = attrs.field(factory=dict)
