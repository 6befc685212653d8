"""What an order's waiting units are promised for, what that rests on, and when a promise is broken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from omscore.ids import LocationId
from omscore.records import changed, frozen


@frozen(kw_only=True)
class UnitPromise:
    """Units of a line that wait, and the day they are promised for.

    Shape: they rest on what comes into a pool of a location by `due_on`, brought by `supplies` on that day; they leave
    and arrive on civil days of the location.
    """

    line_id: int
    sku: str
    units: int
    location_id: LocationId
    pool: str
    due_on: date
    supplies: tuple[str, ...]
    leaves_on: date
    arrives_on: date

    @property
    def turn(self) -> tuple[object, ...]:
        """The earliest first."""
        return (self.arrives_on, self.due_on, self.line_id, self.location_id, self.pool)


def promised_on(promises: Iterable[UnitPromise], waiting: int) -> date | None:
    """The day by which so many waiting units are all promised; None while some of them are promised for no day."""
    made = list(promises)
    if not 0 < waiting <= sum([each.units for each in made]):
        return None
    return max([each.arrives_on for each in made])


def after_taking(promises: tuple[UnitPromise, ...], taken: Iterable[tuple[int, int]]) -> tuple[UnitPromise, ...]:
    """The promises still open once so many units of each line are taken: those made for the earliest day are kept
    first.
    """
    left: dict[int, int] = {}
    for line_id, units in taken:
        left[line_id] = left.get(line_id, 0) + units
    return _without(sorted(promises, key=lambda each: each.turn), left)


def within(promises: tuple[UnitPromise, ...], waiting: Mapping[int, int]) -> tuple[UnitPromise, ...]:
    """The promises of no more units than wait of each line; those for the latest day fall first."""
    over = {line_id: -units for line_id, units in waiting.items()}
    for each in promises:
        over[each.line_id] = over.get(each.line_id, 0) + each.units
    kept = _without(sorted(promises, key=lambda each: each.turn, reverse=True), over)
    return tuple(sorted(kept, key=lambda each: each.turn))


def broken(old: Iterable[UnitPromise], new: Iterable[UnitPromise]) -> tuple[UnitPromise, ...]:
    """Those of the old promises, as many units of each, that the new ones keep on no day as early."""
    made = sorted(new, key=lambda each: each.turn)
    free = [each.units for each in made]
    found = []
    for promise in sorted(old, key=lambda each: each.turn):
        missing = promise.units
        for at, each in enumerate(made):
            if each.line_id == promise.line_id and each.arrives_on <= promise.arrives_on:
                kept = min(missing, free[at])
                free[at] -= kept
                missing -= kept
        if missing:
            found.append(changed(promise, units=missing))
    return tuple(found)


def _without(promises: Iterable[UnitPromise], gone: dict[int, int]) -> tuple[UnitPromise, ...]:
    kept = []
    for promise in promises:
        fewer = min(promise.units, max(0, gone.get(promise.line_id, 0)))
        if fewer:
            gone[promise.line_id] -= fewer
        if promise.units > fewer:
            kept.append(changed(promise, units=promise.units - fewer))
    return tuple(kept)
