"""What the engine has to know of one sort of stream."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, TypeAlias, get_args

from omscore.ports.storage import IndexEntry
from omscore.records import frozen

State: TypeAlias = Any
Command: TypeAlias = Any
Event: TypeAlias = Any


@frozen(kw_only=True)
class Context:
    """One sort of stream.

    Shape: `prefix` starts the names of its streams; `id_of` reads the rest of the name from a command; `listed`
    names the index entries of a state; `moving` are the events that move stock; a stream that `is_fixed` never changes
    once it was begun; of one that is `only_known`, what was known when it was looked at will do.
    """

    prefix: str
    state: type[Any]
    commands: tuple[type[Any], ...]
    events: tuple[type[Any], ...]
    id_of: Callable[[Command], str]
    decide: Callable[[State, Command], Sequence[Event]]
    evolve: Callable[[State, Event], State]
    listed: Callable[[State], Sequence[IndexEntry]] = lambda _: ()
    moving: frozenset[type[Any]] = frozenset()
    is_fixed: bool = False
    only_known: bool = False

    def stream(self, identity: str) -> str:
        return f"{self.prefix}/{identity}"


def context(prefix: str, state: type[Any], commands: object, events: object, key: str, **rest: Any) -> Context:
    """The context of these commands and events, each a class or a union of some; `key` names the id in a command."""
    kinds = get_args(events) or (events,)
    return Context(
        prefix=prefix,
        state=state,
        commands=get_args(commands) or (commands,),
        events=kinds,
        id_of=attrgetter(key),
        moving=frozenset(kind for kind in kinds if hasattr(kind, "moves")),
        **rest,
    )
