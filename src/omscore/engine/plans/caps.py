"""What an order sends already, told to routing where a profile caps from how many locations it may come."""

from __future__ import annotations

from collections.abc import Iterable

from omscore.fulfillment.model import FulfillmentOrder
from omscore.records import changed
from omscore.routing import RoutingRequest
from omscore.routing.begun import is_capped


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
