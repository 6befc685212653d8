"""Routing: which location ships which units of an order, at what cost, and why.

`route` is pure: the request, the network and the stock go in, a decision with reasons comes out.
"""

from omscore.routing.candidates import Candidate
from omscore.routing.choices import Choice, Chosen, OrderFacts, Rulebook
from omscore.routing.emissions import Emission
from omscore.routing.engine import route
from omscore.routing.fallback import FallbackRate
from omscore.routing.front import Front, FrontPlan, routing_front
from omscore.routing.joint import JointOrder, JointPlan, route_jointly
from omscore.routing.model import (
    Assignment,
    ComparedPlan,
    Decision,
    Demand,
    Leftover,
    LocationScore,
    PromisedDays,
    Reason,
    RoutingRequest,
    Stock,
)
from omscore.routing.network import LocationGroup, Network
from omscore.routing.ownstrategies import OwnStrategy
from omscore.routing.profiles import Profile, Strategy
from omscore.routing.promise import LaterShipment, LaterUnits, Promise, PromisedShipment, ShippingOption
from omscore.routing.queues import Queue
from omscore.routing.ranked import route_ranked
from omscore.routing.ratecard import RateRow, ZoneRule
from omscore.routing.rates import Quote, RateTable
from omscore.routing.rules import ArrivesWithin, MaxDistance, OnlyGroups, OnlyKinds, OwnFilter, SafetyStock, SameMarket
from omscore.routing.scores import (
    CarbonScore,
    ClearanceScore,
    DaysScore,
    DistanceScore,
    Offer,
    OwnScore,
    PriorityScore,
    StockBalanceScore,
    WeeksOfSupplyScore,
)
from omscore.routing.supply import sellable_above
from omscore.routing.surcharges import Surcharge
from omscore.routing.whatif import Question, WhatIf, what_would_ship_from
from omscore.shipmentprices import PriceSource

__all__ = [
    "ArrivesWithin",
    "Assignment",
    "Candidate",
    "CarbonScore",
    "Choice",
    "Chosen",
    "ClearanceScore",
    "ComparedPlan",
    "DaysScore",
    "Decision",
    "Demand",
    "DistanceScore",
    "Emission",
    "FallbackRate",
    "Front",
    "FrontPlan",
    "JointOrder",
    "JointPlan",
    "LaterShipment",
    "LaterUnits",
    "Leftover",
    "LocationGroup",
    "LocationScore",
    "MaxDistance",
    "Network",
    "Offer",
    "OnlyGroups",
    "OnlyKinds",
    "OrderFacts",
    "OwnFilter",
    "OwnScore",
    "OwnStrategy",
    "PriceSource",
    "PriorityScore",
    "Profile",
    "Promise",
    "PromisedDays",
    "PromisedShipment",
    "Question",
    "Queue",
    "Quote",
    "RateRow",
    "RateTable",
    "Reason",
    "RoutingRequest",
    "Rulebook",
    "SafetyStock",
    "SameMarket",
    "ShippingOption",
    "Stock",
    "StockBalanceScore",
    "Strategy",
    "Surcharge",
    "WeeksOfSupplyScore",
    "WhatIf",
    "ZoneRule",
    "route",
    "route_jointly",
    "route_ranked",
    "routing_front",
    "sellable_above",
    "what_would_ship_from",
]
