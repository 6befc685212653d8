"""What each location could give of each article of an order, as scores and strategies of plugins see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from omscore.routing.arrivals import candidate_of
from omscore.routing.candidates import Candidate
from omscore.routing.model import Demand, RoutingRequest, Stock
from omscore.routing.network import Network
from omscore.routing.scores import Offer
from omscore.routing.supply import Supply
from omscore.routing.weeks import weeks_of_supply

Offers: TypeAlias = list[list[list[tuple[int, Offer]]]]
"""By SKU and location: how many units there are in each pool, in the order it is drawn, and what is offered."""


def candidates_of(request: RoutingRequest, network: Network, supply: Supply) -> list[Candidate]:
    """The locations that could ship, each with what the order asks of it."""
    return [candidate_of(place, request, network) for place in supply.places]


def offers_of(
    request: RoutingRequest, supply: Supply, by_sku: Mapping[str, Sequence[Demand]], stock: Stock, keep: int
) -> Offers:
    """What each location could give of each SKU, pool by pool in the order it is drawn."""
    velocity = {(sku, location_id): units for sku, location_id, units in request.velocity}
    offers = []
    for sku, held in zip(supply.skus, supply.caps, strict=True):
        of_sku = []
        for place, units in zip(supply.places, held, strict=True):
            pace = velocity.get((sku, place.location_id))
            there = [
                (max(0, stock[sku].get((place.location_id, pool), 0) - keep), pool) for pool in request.pools if units
            ]
            of_sku.append(
                [
                    (
                        count,
                        Offer(
                            sku=sku,
                            pool=pool,
                            mass_g=by_sku[sku][0].mass_g,
                            held=units,
                            most_held=max(held),
                            weeks=weeks_of_supply(units, pace) if pace else None,
                        ),
                    )
                    for count, pool in there
                    if count
                ]
            )
        offers.append(of_sku)
    return offers
