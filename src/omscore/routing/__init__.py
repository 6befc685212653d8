"""Routing: which location ships which units of an order, at what cost, and why.

`route` is pure: the request, the network and the stock go in, a decision with reasons comes out.
"""

from omscore.routing.engine import route
from omscore.routing.model import (
    Assignment,
    Decision,
    Demand,
    Leftover,
    Reason,
    RoutingRequest,
    Stock,
    Strategy,
)
from omscore.routing.network import Network
from omscore.routing.ratecard import RateRow, ZoneRule
from omscore.routing.rates import Quote, RateTable
from omscore.routing.rules import sellable_above

__all__ = [
    "Assignment",
    "Decision",
    "Demand",
    "Leftover",
    "Network",
    "Quote",
    "RateRow",
    "RateTable",
    "Reason",
    "RoutingRequest",
    "Stock",
    "Strategy",
    "ZoneRule",
    "route",
    "sellable_above",
]
