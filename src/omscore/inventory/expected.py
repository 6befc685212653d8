"""The units of one article that are due, and the claims of waiting orders on them: no unit is promised twice.

A claim is on what one pool of one location will have got by a day, not on a certain box of a certain supply. So a claim
holds as long as enough comes in time, whichever supply brings it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import NamedTuple, TypeAlias

from omscore.ids import LocationId, OrderId, SupplyId
from omscore.inventory.supplies import DueUnits
from omscore.records import frozen

Turn: TypeAlias = tuple[datetime, str]
"""First come, first served: what orders that wait are served by."""


def turn_of(since: datetime, order_id: str) -> Turn:
    """The turn of an order placed at that moment."""
    return (since.astimezone(UTC), order_id)


class SupplyClaim(NamedTuple):
    """Units due by a day that are promised to a line of an order. Shape: `since` is when the order was placed."""

    order_id: OrderId
    line_id: int
    location_id: LocationId
    pool: str
    due_on: date
    units: int
    since: datetime

    @property
    def turn(self) -> tuple[object, ...]:
        """What claims are sorted by: the turn of their order, then their line and day."""
        return (*turn_of(self.since, self.order_id), self.line_id, self.due_on, self.location_id, self.pool)


@frozen(kw_only=True)
class Supply:
    """Units due at a location on a civil day there.

    Units: above zero come in, below zero are to go out that day; those that came are no longer in it.
    """

    supply_id: SupplyId
    location_id: LocationId
    pool: str
    units: int
    due_on: date
    says: str = ""


class DueStep(NamedTuple):
    """What may be promised of one pool at one location from a day on, and the supplies that come on it."""

    day: date
    units: int
    supplies: tuple[str, ...]


@frozen(kw_only=True)
class ExpectedSupply:
    """What is due of one article, and to whom it is promised.

    Shape: `supplies` by day, then id; `claims` in the turn of their orders.
    Holds: by no day more is claimed of a pool at a location than is due in it by then.
    """

    sku: str
    supplies: tuple[Supply, ...] = ()
    claims: tuple[SupplyClaim, ...] = ()

    def supply(self, supply_id: str) -> Supply | None:
        """The supply of that id; None when it was never told of, has come whole or was cancelled."""
        return next((each for each in self.supplies if each.supply_id == supply_id), None)

    def claims_of(self, order_id: str) -> tuple[SupplyClaim, ...]:
        return tuple([each for each in self.claims if each.order_id == order_id])

    def cells(self) -> tuple[tuple[str, str], ...]:
        """The (location, pool) that units come to, in order."""
        return tuple(sorted({(each.location_id, each.pool) for each in self.supplies if each.units > 0}))

    def due(self, location_id: str, pool: str) -> tuple[DueUnits, ...]:
        """What comes in and goes out there, claims among what goes out."""
        here = [each for each in self.supplies if (each.location_id, each.pool) == (location_id, pool)]
        claims = [each for each in self.claims if (each.location_id, each.pool) == (location_id, pool)]
        return (
            *[DueUnits(day=each.due_on, units=each.units) for each in here],
            *[DueUnits(day=each.due_on, units=-each.units) for each in claims],
        )


def to_promise(
    expected: ExpectedSupply, location_id: str, pool: str, *, on_hand: int, first_day: date, before: Turn | None = None
) -> tuple[DueStep, ...]:
    """What may still be promised of one pool at one location, for each day on which units come in.

    Shape: units by a day count those of the days before; what is due before the first day is late and does not count,
    nor do claims on those days; with `before`, only the claims of earlier turns count. What lies on the shelf is not
    promised here, but makes good what is to go out.
    Holds: promising that many leaves no later day short, neither of claimed units nor, unless it would be so anyway, of
    the stock as it is planned; never less from one day to the next.

    >>> from datetime import date
    >>> coming = Supply(supply_id=SupplyId("po-1"), location_id=LocationId("MUC"), pool="web", units=9,
    ...     due_on=date(2026, 3, 4))
    >>> to_promise(ExpectedSupply(sku="TEA", supplies=(coming,)), "MUC", "web", on_hand=0, first_day=date(2026, 3, 2))
    (DueStep(day=datetime.date(2026, 3, 4), units=9, supplies=('po-1',)),)
    """
    here = [
        each
        for each in expected.supplies
        if each.location_id == location_id and each.pool == pool and each.due_on >= first_day
    ]
    coming: dict[date, list[str]] = {}
    for each in here:
        if each.units > 0:
            coming.setdefault(each.due_on, []).append(each.supply_id)
    claimed = [
        (each.due_on, -each.units)
        for each in expected.claims
        if (each.location_id, each.pool) == (location_id, pool)
        and each.due_on >= first_day
        and (before is None or turn_of(each.since, each.order_id) < before)
    ]
    unclaimed = _least_from(0, [*[(each.due_on, each.units) for each in here if each.units > 0], *claimed])
    projected = _least_from(on_hand, [*[(each.due_on, each.units) for each in here], *claimed])
    return tuple(
        [
            DueStep(day, max(0, min(unclaimed[day], projected[day])), tuple(sorted(ids)))
            for day, ids in sorted(coming.items())
        ]
    )


def holding(expected: ExpectedSupply, first_days: Mapping[str, date] | None = None) -> tuple[SupplyClaim, ...]:
    """The claims that what is due makes good, in their turn; one that only part is left for holds for that part.

    Shape: with `first_days` by location, what is due before is late: it makes no claim good on a later day, and claims
    on its own day are left to stand until their orders are looked at.
    """
    first_days = first_days or {}
    kept: list[SupplyClaim] = []
    free: dict[tuple[str, str], tuple[list[date], list[int]]] = {}
    for cell in {(each.location_id, each.pool) for each in expected.claims}:
        coming = [
            (each.due_on, each.units)
            for each in expected.supplies
            if (each.location_id, each.pool) == cell
            and each.units > 0
            and each.due_on >= first_days.get(each.location_id, date.min)
        ]
        days = sorted(
            {day for day, _ in coming}
            | {each.due_on for each in expected.claims if (each.location_id, each.pool) == cell}
        )
        free[cell] = (days, [sum([units for due_on, units in coming if due_on <= day]) for day in days])
    for claim in expected.claims:
        if claim.due_on < first_days.get(claim.location_id, date.min):
            kept.append(claim)
            continue
        days, levels = free[claim.location_id, claim.pool]
        at = days.index(claim.due_on)
        units = min(claim.units, *levels[at:])
        if units > 0:
            levels[at:] = [level - units for level in levels[at:]]
            kept.append(claim._replace(units=units))
    return tuple(kept)


def less(claims: Iterable[SupplyClaim], gone: Iterable[SupplyClaim]) -> tuple[SupplyClaim, ...]:
    """The claims without the units of those gone."""
    left: dict[SupplyClaim, int] = {}
    for each, sign in [*[(claim, 1) for claim in claims], *[(claim, -1) for claim in gone]]:
        whose = each._replace(units=0)
        left[whose] = left.get(whose, 0) + sign * each.units
    return tuple([claim._replace(units=units) for claim, units in left.items() if units])


def _least_from(start: int, changes: Iterable[tuple[date, int]]) -> dict[date, int]:
    """For each day on which something changes, the least there will be from then on."""
    by_day: dict[date, int] = {}
    for day, units in changes:
        by_day[day] = by_day.get(day, 0) + units
    level, levels = start, []
    for day in sorted(by_day):
        level += by_day[day]
        levels.append((day, level))
    found: dict[date, int] = {}
    least = level
    for day, level in reversed(levels):
        least = found[day] = min(least, level)
    return found
