"""Which of several plans has the least total once its shipments have real prices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from omscore.money import Money
from omscore.places import Destination
from omscore.records import changed
from omscore.routing.model import ComparedPlan, Decision
from omscore.routing.network import Network
from omscore.shipmentprices import PriceSource, ShipmentPrice, SkuUnits


def least_by_prices(
    decisions: Sequence[Decision], prices: Iterable[ShipmentPrice], network: Network, destination: Destination
) -> Decision:
    """The decision whose plan has the least total, told with all that it was compared with.

    Shape: `decisions` are those of `route_ranked`, of which the first stands if no carrier gave a price, its own
    shipments are not all priced, or there is no second one that are. Of equal totals the lesser cost by the rate card
    is taken, then the earlier plan.
    Holds: the decision is one of those given, whatever the prices are.
    """
    known = {(each.location_id, each.units): each for each in prices}
    plans: list[tuple[Decision, ComparedPlan]] = []
    for decision in decisions:
        shipments = [known.get(each) for each in shipments_of(decision)]
        priced = tuple([each for each in shipments if each is not None])
        if decision.cost is None or len(priced) < len(shipments):
            if not plans:
                return decisions[0]
            continue
        plan = ComparedPlan(
            shipments=priced,
            cost=decision.cost,
            total=_total(priced, network, destination),
            score_minor=decision.score_minor,
        )
        plans.append((decision, plan))
    is_live = any([each.source is PriceSource.LIVE for _, plan in plans for each in plan.shipments])
    if len(plans) < 2 or not is_live:
        return decisions[0]
    best = min(range(len(plans)), key=lambda at: (*_rank(plans[at][1]), at))
    chosen = plans[best][0]
    compared = [changed(plan, is_chosen=at == best) for at, (_, plan) in enumerate(plans)]
    return changed(chosen, method=f"{chosen.method}, by live prices", compared=tuple(compared))


def shipments_of(decision: Decision) -> list[tuple[str, tuple[SkuUnits, ...]]]:
    """What each location ships, by location: the units of each SKU, by SKU."""
    sent: dict[str, dict[str, int]] = {}
    for part in decision.assignments:
        units = sent.setdefault(part.location_id, {})
        units[part.sku] = units.get(part.sku, 0) + part.units
    return [
        (location_id, tuple([SkuUnits(*each) for each in sorted(units.items())]))
        for location_id, units in sorted(sent.items())
    ]


def _total(shipments: Sequence[ShipmentPrice], network: Network, destination: Destination) -> Money:
    """The prices, and what the shop counts beside postage: handling, distance and further parcels."""
    fixed = network.all_fixed_minor([network.location(each.location_id) for each in shipments], destination)
    further = network.split_penalty_minor * (len(shipments) - 1)
    return Money(sum([each.price.minor for each in shipments]) + sum(fixed) + further, network.currency)


def _rank(plan: ComparedPlan) -> tuple[Decimal, Decimal]:
    """What counts for the choice, less is better: the total, then the cost by the rate card, each with the scores."""
    return plan.total.minor + plan.score_minor, plan.cost.minor + plan.score_minor
