"""What an order sends already, told to routing where a profile caps from how many locations it may come."""

from __future__ import annotations

from collections.abc import Iterable

from omscore.engine.unit import Unit
from omscore.fulfillment.model import FulfillmentOrder
from omscore.orders.model import Order
from omscore.records import changed
from omscore.routing import RoutingRequest
from omscore.routing.begun import is_capped


def beside_taken(unit: Unit, order: Order, request: RoutingRequest) -> RoutingRequest:
    """The request for what waits of an order, beside all that locations have taken of it."""
    if not is_capped(request):
        return request
    unit.prepare([f"work/{each}" for each in order.fulfillments])
    works = [unit.get(FulfillmentOrder, each) for each in order.fulfillments]
    return going_on(request, works, is_taken=True)


def going_on(request: RoutingRequest, works: Iterable[FulfillmentOrder], *, is_taken: bool) -> RoutingRequest:
    """The request that tells where units of the order are sent from already, those still to pick too if they are
    taken for good.
    """
    if not is_capped(request):
        return request
    begun = {
        (line.sku, str(work.location_id))
        for work in works
        for line in work.lines
        if line.picked or line.packed or line.shipped or (is_taken and line.to_pick)
    }
    return changed(request, begun=tuple(sorted(begun)))
