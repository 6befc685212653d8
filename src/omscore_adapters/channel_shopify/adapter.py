"""Orders of a Shopify shop: one, a list, or a page of the Admin API; the signature of what webhooks bring; and parcels
and stock told back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import assert_never

from omscore.border import JsonValue, Limits, read_json
from omscore.errors import PortRefusedError, PortTransientError, SetupError
from omscore.parties import NewsKind
from omscore.ports.acknowledgements import InterchangeChecked
from omscore.ports.channels import ChannelMessage
from omscore.ports.news import ChannelNotice, OrderTold, ShipmentTold, StockTold
from omscore_adapters.channel_common import orders_in, plain, shown, taken
from omscore_adapters.channel_shopify import questions
from omscore_adapters.channel_shopify.client import ShopifyApi, read_objects
from omscore_adapters.channel_shopify.mapping import message_of
from omscore_adapters.channel_shopify.settings import ShopifySettings
from omscore_adapters.channel_shopify.signature import check_signature
from omscore_adapters.channel_shopify.telling import (
    OpenLine,
    Parcels,
    fulfillments_of,
    key_of,
    left_to_tell,
    levels_set,
    names_asked,
    parcels_of,
    same_number,
    taken_from,
)

LIMITS = Limits(body_bytes=64 * 1_048_576, entries=10_000, values=4_000_000)
"""A page has at most 250 orders, an export file more; an order on its own is bounded by its lines."""
_AWAITED = ("OPEN", "IN_PROGRESS")
_UNDONE = ("CANCELLED", "ERROR", "FAILURE")


class ShopifyChannel:
    """Reads orders as JSON, and tells the Admin API of parcels and stock."""

    def __init__(self, settings: ShopifySettings) -> None:
        self._settings = settings
        self._api = ShopifyApi(settings)

    def read(self, document: bytes) -> tuple[ChannelMessage, ...]:
        """Every order of the document. Raises: InputError when it is no JSON, or holds no order."""
        orders = orders_in(read_json(document, limits=LIMITS))
        return tuple([message_of(order, self._settings) for order in orders])

    def check_signature(self, body: bytes, signature: str) -> None:
        """Returns when the header `X-Shopify-Hmac-SHA256` belongs to exactly these bytes.

        Raises: RefusedError when it does not; SetupError when no secret is configured.
        """
        check_signature(body, signature, self._settings.secrets)

    @property
    def tells(self) -> frozenset[NewsKind]:
        """Parcels, once there is a token; stock, once there is a location. Shopify knows its orders by itself."""
        if not self._settings.url:
            return frozenset()
        return frozenset({NewsKind.SHIPMENT, *([NewsKind.STOCK] if self._settings.location else [])})

    def tell(self, notice: ChannelNotice) -> None:
        """The parcels as fulfillments, unless they are there already; the levels as they are now.

        Raises: PortRefusedError, PortTransientError and PortUnknownError, as everywhere.
        """
        if not self._settings.url:
            raise SetupError("channel.shopify: url and token are gone; set them, and the message is sent")
        news = notice.news
        match news:
            case ShipmentTold():
                self._tell_shipment(news)
            case StockTold():
                self._tell_stock(notice, news)
            case OrderTold() | InterchangeChecked():
                raise PortRefusedError("Shopify is told of parcels and stock alone")
            case _:
                assert_never(news)

    def _tell_shipment(self, told: ShipmentTold) -> None:
        order = f"gid://shopify/Order/{told.message_id}"
        for parcels in parcels_of(told):
            left = left_to_tell(parcels, self._told(order, parcels))
            if left:
                lines = taken_from(left, list(self._open_lines(order)))
                for fulfillment in fulfillments_of(parcels, lines):
                    self._api.change(questions.FULFILL, "fulfillmentCreate", fulfillment=fulfillment)

    def _told(self, order: str, parcels: Parcels) -> Counter[str]:
        """The units Shopify knows of under that tracking number."""
        found = self._api.look(questions.FULFILLMENTS, order=order, most=questions.MOST_FULFILLMENTS)
        if isinstance(found, dict) and "order" in found and found["order"] is None:
            raise PortRefusedError(f"Shopify has no order {shown(order)} any more", code="port.refused.no_order")
        fulfillments = read_objects(taken(found, "order", "fulfillments"))
        if len(fulfillments) >= questions.MOST_FULFILLMENTS:
            raise PortRefusedError(f"{shown(order)} has too many fulfillments to look through; tell it by hand")
        units: Counter[str] = Counter()
        for each in fulfillments:
            numbers = [same_number(info.get("number")) for info in read_objects(each.get("trackingInfo"))]
            if each.get("status") not in _UNDONE and same_number(parcels.number) in numbers:
                lines = self._api.pages(
                    questions.FULFILLED_LINES, "fulfillment", "fulfillmentLineItems", fulfillment=each.get("id")
                )
                for line in lines:
                    units[self._ours(taken(line, "lineItem", "sku"))] += _count(line.get("quantity"))
        return units

    def _open_lines(self, order: str) -> Iterator[OpenLine]:
        """What Shopify waits for, in the order it lists it."""
        for each in self._api.pages(questions.FULFILLMENT_ORDERS, "order", "fulfillmentOrders", order=order):
            if each.get("status") in _AWAITED:
                order_id, location = each.get("id"), taken(each, "assignedLocation", "location", "id")
                lines = self._api.pages(
                    questions.OPEN_LINES, "fulfillmentOrder", "lineItems", fulfillmentOrder=order_id
                )
                for line in lines:
                    units = _count(line.get("remainingQuantity"))
                    yield OpenLine(
                        plain(order_id), plain(location), plain(line.get("id")), self._ours(line.get("sku")), units
                    )

    def _tell_stock(self, notice: ChannelNotice, told: StockTold) -> None:
        """Sets every item there that bears the name of an article; articles that Shopify does not sell are left."""
        location = f"gid://shopify/Location/{self._settings.location}"
        units = {each.sku: each.units for each in told.articles if each.sku not in notice.outdated}
        items: dict[str, int] = {}
        for names in names_asked(units, self._settings.skus, most=questions.MOST_NAMES):
            for item in self._api.pages(questions.ITEMS, "inventoryItems", names=names, location=location):
                sku = self._ours(item.get("sku"))
                # The search is by parts of words, too; items that are not kept at the location cannot be set.
                if sku in units and item.get("tracked") is True and item.get("inventoryLevel") is not None:
                    items[plain(item.get("id"))] = units[sku]
        levels = sorted(items.items())
        for at in range(0, len(levels), questions.MOST_LEVELS):
            change = levels_set(notice, levels[at : at + questions.MOST_LEVELS], location)
            key = key_of(self._settings.url, notice, change)
            self._api.change(questions.SET_LEVELS, "inventorySetQuantities", input=change, key=key)

    def _ours(self, sku: JsonValue) -> str:
        name = sku if type(sku) is str else ""
        return self._settings.skus.get(name, name)


def _count(value: JsonValue) -> int:
    if type(value) is not int or value < 0:
        raise PortTransientError("Shopify's answer has a quantity that is none")
    return value
