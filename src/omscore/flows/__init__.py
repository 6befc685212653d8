"""What one fact sets going elsewhere: pure functions from an event to commands in other contexts.

A reaction is mostly a generator. The engine runs each command it yields before it asks for the next one, so a reaction
sees the world as its own commands have left it; all of it ends in one commit.
"""

from __future__ import annotations

from collections.abc import Callable
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
from omscore.flows.world import Event, Reaction, World

REACTIONS: tuple[Callable[[Event, World], Reaction], ...] = (
    books.react,
    shipping.react,
    capturing.react,
    checkout.react,
    allocation.react,
    returning.react,
    expiry.react,
    notices.react,
    queueing.react,
    reviewing.react,
    reordering.react,
    handing.react,
    channelling.react,
)
"""Every flow, in the order they hear of an event: a shipment is captured before the rest is let go."""


class _Told(dict[type[Any], tuple[Callable[[Event, World], Reaction], ...]]):
    __slots__ = ()

    def __missing__(self, kind: type[Any]) -> tuple[Callable[[Event, World], Reaction], ...]:
        told = self[kind] = tuple([react for react in REACTIONS if kind.__name__ in react.__code__.co_names])
        return told


REACTIONS_TO = _Told()
"""The flows that know a class of event, in order; to all others it means nothing.

Holds: a flow matches events by their class alone, so one whose code does not name the class passes it over.
"""
