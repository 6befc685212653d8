"""What is told to Shopify: which units of which fulfillment order a parcel holds, and which levels are set. Pure."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from omscore.border import JsonValue
from omscore.errors import PortRefusedError
from omscore.ports.news import ChannelNotice, ShipmentTold
from omscore_adapters.channel_common import plain, shown


class OpenLine(NamedTuple):
    """Units that Shopify still waits for. Shape: `sku` is our name of the article."""

    order_id: str
    location_id: str
    line_id: str
    sku: str
    units: int


class Parcels(NamedTuple):
    """All that leaves under one tracking number."""

    number: str
    carrier: str
    units: Counter[str]


def parcels_of(told: ShipmentTold) -> list[Parcels]:
    """The parcels by tracking number; one without a number bears our own id, as it must be known again by something."""
    found: dict[str, Parcels] = {}
    for parcel in told.parcels:
        number = plain(parcel.tracking_number) or parcel.package_id
        parcels = found.setdefault(same_number(number), Parcels(number, parcel.carrier, Counter()))
        for each in parcel.units:
            parcels.units[each.sku] += each.units
    return list(found.values())


def same_number(number: JsonValue) -> str:
    """A tracking number as it is compared: carriers and shops write blanks and small letters as they like.

    >>> same_number("1z 999 aa1") == same_number("1Z999AA1")
    True
    """
    return "".join(plain(number).split()).casefold()


def left_to_tell(parcels: Parcels, told: Counter[str]) -> Counter[str]:
    """The units Shopify does not know of yet.

    Raises: PortRefusedError when it has others under this tracking number.
    """
    if told - parcels.units:
        raise PortRefusedError(
            f"Shopify has a fulfillment with the tracking number {shown(parcels.number)} and other goods in it; look "
            "at the order there, and fulfil it by hand",
            code="port.refused.other_goods",
        )
    return parcels.units - told


def taken_from(wanted: Counter[str], lines: Sequence[OpenLine]) -> list[tuple[OpenLine, int]]:
    """The lines the units are of, in their order.

    Raises: PortRefusedError when Shopify waits for fewer.
    """
    left, found = Counter(wanted), []
    for line in lines:
        if units := min(left[line.sku], line.units):
            left[line.sku] -= units
            found.append((line, units))
    if short := +left:
        says = ", ".join([f"{units} of {shown(sku)}" for sku, units in sorted(short.items())])
        raise PortRefusedError(
            f"Shopify waits for fewer units than were sent: {says} more; look at the order there, and fulfil it by "
            "hand",
            code="port.refused.not_awaited",
        )
    return found


def fulfillments_of(parcels: Parcels, lines: Sequence[tuple[OpenLine, int]]) -> Iterator[dict[str, JsonValue]]:
    """A fulfillment for each location Shopify takes the units from; it allows no more than one in each."""
    for location_id in dict.fromkeys([line.location_id for line, _ in lines]):
        by_order: dict[str, list[JsonValue]] = {}
        for line, units in lines:
            if line.location_id == location_id:
                by_order.setdefault(line.order_id, []).append({"id": line.line_id, "quantity": units})
        yield {
            "notifyCustomer": False,
            "trackingInfo": {"number": parcels.number, "company": parcels.carrier},
            "lineItemsByFulfillmentOrder": [
                {"fulfillmentOrderId": order_id, "fulfillmentOrderLineItems": items}
                for order_id, items in by_order.items()
            ],
        }


def names_asked(skus: Iterable[str], names: Mapping[str, str], *, most: int) -> Iterator[str]:
    """Searches for the articles by every name Shopify may have for them, some at a time.

    >>> list(names_asked(["TEA", "CUP"], {"OLD": "TEA"}, most=2))
    ["sku:'TEA' OR sku:'OLD'", "sku:'CUP'"]
    """
    wanted = [
        name
        for sku in skus
        for name in ([sku] * (sku not in names) + [old for old, new in names.items() if new == sku])
    ]
    for at in range(0, len(wanted), most):
        yield " OR ".join([f"sku:'{_quoted(name)}'" for name in wanted[at : at + most]])


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def levels_set(notice: ChannelNotice, levels: Sequence[tuple[str, int]], location: str) -> dict[str, JsonValue]:
    """The change that sets what can be sold, whatever it was before."""
    return {
        "name": "available",
        "reason": "correction",
        "referenceDocumentUri": f"gid://omscore/StockMessage/{notice.number}",
        "quantities": [
            {"inventoryItemId": item, "locationId": location, "quantity": units, "changeFromQuantity": None}
            for item, units in levels
        ],
    }


def key_of(shop: str, notice: ChannelNotice, change: dict[str, JsonValue]) -> str:
    """The same text for the same change by the same message, and for no other."""
    what = json.dumps([shop, notice.channel, notice.number, change], sort_keys=True)
    return str(uuid.uuid5(uuid.NAMESPACE_URL, what))
