"""What one fact sets going elsewhere: pure functions from an event to commands in other contexts.

Each flow lists in `HANDLERS` its functions by the class of events that they are told of, each class once. What they
return is a reaction, mostly a generator. The engine runs each command it yields before it asks for the next one, so a
reaction sees the world as its own commands have left it; all of it ends in one commit.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from omscore.flows import (
    allocation,
    books,
    capturing,
    channelling,
    checkout,
    expiry,
    handing,
    notices,
    queueing,
    reordering,
    returning,
    reviewing,
    shipping,
)
from omscore.flows.world import Handler

FLOWS = (
    books,
    shipping,
    capturing,
    checkout,
    allocation,
    returning,
    expiry,
    notices,
    queueing,
    reviewing,
    reordering,
    handing,
    channelling,
)
"""Every flow, in the order they hear of an event: a shipment is captured before the rest is let go."""

REACTIONS_TO: defaultdict[type[Any], tuple[Handler, ...]] = defaultdict(tuple)
"""The handlers of a class of events, in the order of their flows; to a class that is not here, nothing reacts."""

for _flow in FLOWS:
    for _kind, _handler in _flow.HANDLERS:
        REACTIONS_TO[_kind] += (_handler,)
