"""Phrases that stories, tables and explanations have in common."""

from __future__ import annotations

from omscore.cli.tables import civil_day, counted
from omscore.orders.bounces import LetterBounced, cause_of, is_permanent
from omscore.orders.promises import UnitPromise
from omscore.routing.model import PromisedDays


def bounce_in_words(event: LetterBounced) -> str:
    """A letter that came back, with the status it came back with."""
    lasts = "for good" if is_permanent(event.status) else "it may work another time"
    return f"The letter {event.template} came back undelivered ({event.status}: {cause_of(event.status)}; {lasts})"


def promise_in_words(promise: UnitPromise) -> str:
    """A promise from goods that are due, with its basis."""
    return (
        f"{promise.units} x {promise.sku} for {civil_day(promise.arrives_on)}, from {promise.location_id} on "
        f"{civil_day(promise.leaves_on)}: {', '.join(promise.supplies)} due on {civil_day(promise.due_on)}"
    )


def days_of(promised: PromisedDays) -> str:
    """The days of a shipment, such as `leaves on Tue 3 March, promised for Thu 5 March`, with its pickup if any."""
    pickup = "" if promised.pickup is None else f"with the {promised.pickup:%H:%M} pickup of {promised.carrier} "
    return f"leaves {pickup}on {civil_day(promised.leaves_on)}, promised for {civil_day(promised.arrives_on)}"


def listed_units(by_sku: dict[str, int], most: int = 4) -> str:
    """Units by SKU in words, the rest of a long list summed up.

    >>> listed_units({"TEA": 2, "CUP": 1}), listed_units({"A": 1, "B": 1, "C": 5}, most=2)
    ('2 x TEA, 1 x CUP', '1 x A, 1 x B and 5 units of 1 more item')
    """
    named = [f"{units} x {sku}" for sku, units in list(by_sku.items())[:most]]
    rest = list(by_sku.values())[most:]
    text = ", ".join(named)
    return f"{text} and {counted(sum(rest), 'unit')} of {counted(len(rest), 'more item')}" if rest else text
