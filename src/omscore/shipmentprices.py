"""What single shipments are priced at, and where the prices are from: asked before an order, and kept with it."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from omscore.errors import InputError
from omscore.ids import checked_id
from omscore.items import checked_sku
from omscore.money import Money
from omscore.quantities import checked_units

MOST_PRICES = 200
"""So many prices are kept with one order at most."""


class PriceSource(StrEnum):
    """Where a price is from: asked of the carrier just now, the shop's rate card, or its fallback rate because the
    carrier gave no price.
    """

    LIVE = "live"
    TABLE = "table"
    FALLBACK = "fallback"


class SkuUnits(NamedTuple):
    """So many units of an article."""

    sku: str
    units: int


class ShipmentPrice(NamedTuple):
    """What a shipment of just these units from the location is priced at. Shape: each SKU once, in their order."""

    location_id: str
    units: tuple[SkuUnits, ...]
    price: Money
    source: PriceSource = PriceSource.LIVE


def checked_prices(prices: tuple[ShipmentPrice, ...], currency: str) -> tuple[ShipmentPrice, ...]:
    """The prices themselves. Raises: InputError for one that cannot be, is in another currency, or is there twice.

    >>> tea = ShipmentPrice("MUC", (SkuUnits("TEA", 2),), Money(390, "EUR"))
    >>> checked_prices((tea,), "EUR") == (tea,)
    True
    """
    if len(prices) > MOST_PRICES:
        raise _wrong(f"there are {len(prices)} of them; give those of one promise, at most {MOST_PRICES}")
    known: set[tuple[str, tuple[SkuUnits, ...]]] = set()
    for each in prices:
        checked_id(each.location_id, what="the location of a shipment that is priced")
        for sku, units in each.units:
            checked_sku(sku)
            checked_units(units, what=f"units in a shipment from {each.location_id}")
        skus = [sku for sku, _ in each.units]
        if not skus or skus != sorted(set(skus)):
            raise _wrong(f"a shipment from {each.location_id} has the articles {skus}; name each once, by SKU")
        if each.price.currency != currency or each.price.minor < 0:
            raise _wrong(
                f"a shipment from {each.location_id} costs {each.price}; give {currency}, which the shop counts in, "
                "zero or more"
            )
        if each[:2] in known:
            raise _wrong(f"a shipment from {each.location_id} is priced twice; give each once")
        known.add(each[:2])
    return prices


def _wrong(what: str) -> InputError:
    return InputError(f"these are no prices of shipments: {what}", code="order.shipment_prices")
