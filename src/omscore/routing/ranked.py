"""The decision and those that come next, among which something beside the rate card may choose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from omscore.errors import InputError
from omscore.records import changed
from omscore.routing.engine import plans_of, routed, rules_of
from omscore.routing.kits import KitQuestion
from omscore.routing.model import Decision, RoutingRequest, Stock
from omscore.routing.network import Network
from omscore.routing.supply import SharedPart

MOST_PLANS = 10
"""So many plans are compared at most."""


def route_ranked(request: RoutingRequest, network: Network, stock: Stock, plans: int) -> tuple[Decision, ...]:
    """The decision of `route` and those that come next: at most so many different plans, the least costly first.

    Shape: every plan serves as many units as the first, by the same rules; `gap` is that of the first. Under a strategy
    other than `cheapest` there is one plan.
    Holds: no plan is missing where the first is proven, as long as the order is not long (`routing.nextbest`).
    Raises: as `route`; InputError for fewer plans than one or more than `MOST_PLANS`.
    """
    checked_plans(plans)
    kits = KitQuestion(request, network, stock) if any([line.kit for line in request.demands]) else None
    asked = request if kits is None else kits.request
    best, way, by_sku = routed(asked, network, stock, kits)
    if plans == 1 or not best.assignments or way.profile.strategy != "cheapest":
        return (best,)
    rules, keep = rules_of(asked, way)

    def ranked(asked: RoutingRequest, shelf: Stock, shared: Sequence[SharedPart]) -> Iterator[Decision]:
        return plans_of(asked, way, rules, keep, by_sku, network, shelf, shared)

    found = {best.assignments: best}
    for other in ranked(asked, stock, ()) if kits is None else kits.ranked(ranked, keep):
        found.setdefault(other.assignments, changed(other, because=best.because, gap=best.gap))
        if len(found) == plans:
            break
    return tuple(found.values())


def checked_plans(plans: int) -> int:
    """The number itself. Raises: InputError for one that is none, below 1 or above `MOST_PLANS`."""
    if type(plans) is not int or not 1 <= plans <= MOST_PLANS:
        raise InputError(f"from 1 to {MOST_PLANS} plans can be compared, not {plans!r}", code="routing.plans")
    return plans
