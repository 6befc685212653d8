"""What is told to Amazon of a parcel. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC

from omscore.border import JsonValue
from omscore.errors import PortRefusedError
from omscore.ports.news import ChannelNotice, ParcelTold, ShipmentTold, UnitsSent
from omscore_adapters.channel_amazon.settings import AmazonSettings
from omscore_adapters.channel_common import plain, shown, taken

_MOST_PARCELS = 1_000

Item = Mapping[str, JsonValue]


def packages_of(
    notice: ChannelNotice, told: ShipmentTold, items: Sequence[Item], settings: AmazonSettings
) -> list[dict[str, JsonValue]]:
    """The packages of a shipment; each bears a number made from that of the message, by which it is known again.

    Raises: PortRefusedError for a parcel without a tracking number, and for units that are of no item.
    """
    if len(told.parcels) >= _MOST_PARCELS:
        raise PortRefusedError(f"a shipment of {len(told.parcels)} parcels is too large to tell; tell it by hand")
    return [
        {
            "packageReferenceId": str(notice.number * _MOST_PARCELS + at),
            **_carrier(parcel, settings.carriers),
            **({"shippingMethod": parcel.service} if parcel.service else {}),
            "trackingNumber": _tracking(parcel),
            "shipDate": f"{told.shipped_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "orderItems": [
                {"orderItemId": item_id, "quantity": units}
                for item_id, units in _by_item(parcel.units, items, settings.skus).items()
            ],
        }
        for at, parcel in enumerate(told.parcels, 1)
    ]


def _carrier(parcel: ParcelTold, names: Mapping[str, str]) -> dict[str, JsonValue]:
    code = names.get(parcel.carrier)
    return {"carrierCode": "Other", "carrierName": parcel.carrier} if code is None else {"carrierCode": code}


def _tracking(parcel: ParcelTold) -> str:
    if not parcel.tracking_number:
        raise PortRefusedError(
            f"parcel {parcel.package_id} has no tracking number, and Amazon takes none without; confirm it by hand",
            code="port.refused.no_tracking",
        )
    return parcel.tracking_number


def _by_item(sent: Sequence[UnitsSent], items: Sequence[Item], skus: Mapping[str, str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for each in sent:
        item_id = _item_of(each, items, skus)
        found[item_id] = found.get(item_id, 0) + each.units
    return found


def _item_of(sent: UnitsSent, items: Sequence[Item], skus: Mapping[str, str]) -> str:
    """The item a line was made from: the one in its place, or else the only one of the article.

    Lines were numbered as the items stood; parts of a kit shift them.
    """
    names = [plain(taken(dict(item), "product", "sellerSku")) for item in items]
    same = [at for at, name in enumerate(names, 1) if skus.get(name, name) == sent.sku]
    at = sent.line_id if sent.line_id in same else same[0] if len(same) == 1 else 0
    item_id = plain(items[at - 1].get("orderItemId")) if at else ""
    if not item_id:
        raise PortRefusedError(
            f"{sent.units} of {shown(sent.sku)} are of no one item of the order at Amazon; confirm them by hand",
            code="port.refused.no_item",
        )
    return item_id
