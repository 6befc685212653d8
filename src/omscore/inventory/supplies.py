"""What can be promised on a later day: stock as it will be, once what is due has come and gone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from omscore.errors import InputError
from omscore.records import frozen

MOST_DAYS = 3_660
"""How far ahead can be looked, in days."""


@frozen(kw_only=True)
class DueUnits:
    """Units that come in (above zero) or go out (below zero) on a day."""

    day: date
    units: int


@frozen(kw_only=True)
class AvailableUnits:
    """One day's stock. Shape: `projected` is what will be there at its end, `to_promise` what nobody needs later."""

    day: date
    projected: int
    to_promise: int


def available_to_promise(
    on_hand: int, due: Iterable[DueUnits], *, first_day: date, days: int
) -> tuple[AvailableUnits, ...]:
    """For each of so many days what will be on hand, and how many of that may still be promised.

    Shape: units due before the first day are taken as late, and come on none of the days: what is there is counted in
    `on_hand`.
    Holds: promising that many units on a day leaves no later day below zero, those after the last one told among them,
    unless it would be so anyway; it is never more on a day than on any later one.
    Raises: InputError for no days, or more than ten years.

    >>> from datetime import date
    >>> monday = date(2026, 3, 2)
    >>> coming = [DueUnits(day=date(2026, 3, 4), units=10), DueUnits(day=date(2026, 3, 5), units=-15)]
    >>> [(each.projected, each.to_promise) for each in available_to_promise(20, coming, first_day=monday, days=5)]
    [(20, 15), (20, 15), (30, 15), (15, 15), (15, 15)]
    """
    if not 1 <= days <= MOST_DAYS:
        raise InputError(f"looking ahead takes from 1 to {MOST_DAYS} days, not {days}", code="stock.days")
    changes = [0] * days
    beyond: dict[int, int] = {}
    for each in due:
        number = (each.day - first_day).days
        if 0 <= number < days:
            changes[number] += each.units
        elif number >= days:  # it is not told, and needs its units all the same
            beyond[number] = beyond.get(number, 0) + each.units
    projected: list[int] = []
    level = on_hand
    for change in changes:
        level += change
        projected.append(level)
    least = level
    for _, change in sorted(beyond.items()):
        level += change
        least = min(least, level)
    to_promise = [0] * days
    for number in range(days - 1, -1, -1):
        least = min(least, projected[number])
        to_promise[number] = max(0, least)
    return tuple(
        AvailableUnits(day=first_day + timedelta(days=number), projected=there, to_promise=free)
        for number, (there, free) in enumerate(zip(projected, to_promise, strict=True))
    )
