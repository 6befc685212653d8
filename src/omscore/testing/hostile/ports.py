"""A port that goes wrong by a plan, around any adapter: what a shop must live with, whoever made the adapter."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import wraps
from threading import Lock
from typing import Any, TypeVar, assert_never, cast

from omscore.errors import InputError, PortTransientError, PortUnknownError
from omscore.testing.faults import Fault
from omscore.testing.hostile.plans import FaultPlan

P = TypeVar("P")


def hostile(port: P, plan: FaultPlan, *, calls: Collection[str]) -> P:
    """The same port, of which the methods named in `calls` go wrong as the plan says.

    Shape: each fault is told as a sound adapter would tell it: DOWN by PortTransientError, all that leave the outcome
    open by PortUnknownError. PARTIAL does the first half of the list that is given; where there is none, it does all.
    Holds: an adapter of a small Protocol, such as `LabelLookUp`, is still one.
    Raises: InputError when the port has no such method.

    >>> class Purse:
    ...     paid = 0
    ...     def send(self, minor):
    ...         self.paid += minor
    ...         return self.paid
    >>> purse = Purse()
    >>> hostile(purse, FaultPlan(seed=1, faults=[Fault.LOST_ANSWER], one_in=1), calls=["send"]).send(5)
    Traceback (most recent call last):
    omscore.errors.PortUnknownError: send: lost answer (seed 1 after 1 calls: call 1 (send): lost answer)
    >>> purse.paid
    5
    """
    missing = sorted(name for name in calls if not callable(getattr(port, name, None)))
    if missing:
        raise InputError(f"{type(port).__name__} has no method called {', '.join(missing)}; name those to be struck")
    late = _Late()
    body: dict[str, Any] = {}
    for name in dir(port):
        if name in calls:
            body[name] = staticmethod(_struck(name, getattr(port, name), plan, late))
        elif not name.startswith("__"):
            body[name] = _seen(port, name)
    return cast(P, type(f"Hostile{type(port).__name__}", (), body)())


def _seen(port: object, name: str) -> property:
    """An attribute of the port as it is when it is asked for."""
    return property(lambda _: getattr(port, name))


class _Late:
    """Calls that were overtaken."""

    def __init__(self) -> None:
        self._held: list[Callable[[], object]] = []
        self._lock = Lock()

    def hold(self, call: Callable[[], object]) -> None:
        with self._lock:
            self._held.append(call)

    def arrive(self) -> None:
        with self._lock:
            held, self._held = self._held, []
        for call in held:
            try:
                call()
            except Exception:  # noqa: S112 (whoever asked has gone: nobody hears it)
                continue


def _struck(name: str, method: Callable[..., Any], plan: FaultPlan, late: _Late) -> Callable[..., Any]:
    @wraps(method)
    def call(*given: Any, **named: Any) -> Any:
        fault = plan.strike(name)
        says = f"{name}: {fault} ({plan})"
        match fault:
            case None:
                answer = method(*given, **named)
            case Fault.DOWN:
                raise PortTransientError(says, code="port.transient.hostile")
            case Fault.LOST_ANSWER | Fault.GARBAGE:
                method(*given, **named)
                raise PortUnknownError(says, code="port.unknown.hostile")
            case Fault.TWICE:
                method(*given, **named)
                answer = method(*given, **named)
            case Fault.LATE:
                late.hold(lambda: method(*given, **named))
                raise PortUnknownError(says, code="port.unknown.hostile")
            case Fault.PARTIAL:
                method(*map(_half, given), **named)
                raise PortUnknownError(says, code="port.unknown.hostile")
            case _:
                assert_never(fault)
        late.arrive()
        return answer

    return call


def _half(given: Any) -> Any:
    """The first half of a list; anything else as it is."""
    return given[: len(given) // 2] if isinstance(given, list | tuple) and len(given) > 1 else given
