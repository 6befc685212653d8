"""How fast an article sells where: told from time to time, and used to spare the locations that sell it fast."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from omscore.errors import InputError
from omscore.ids import LocationId
from omscore.records import frozen

MOST_A_WEEK = Decimal(10**9)


class WeeklyUnits(NamedTuple):
    """What one location sells. Units: units per week, fractions allowed."""

    location_id: LocationId
    units: Decimal


@frozen(kw_only=True)
class RecordVelocity:
    """Tell how many units of an article each location sells in a week; what is not named sells none."""

    sku: str
    per_week: tuple[WeeklyUnits, ...]
    at: datetime


@frozen(kw_only=True)
class VelocityRecorded:
    sku: str
    per_week: tuple[WeeklyUnits, ...]
    at: datetime


@frozen(kw_only=True)
class Velocity:
    """How fast an article sells, as last told. Shape: `per_week` by location id."""

    sku: str
    per_week: tuple[WeeklyUnits, ...]
    told_at: datetime


def decide_velocity(velocity: Velocity | None, command: RecordVelocity) -> Sequence[VelocityRecorded]:
    """The figures as a fact; nothing when nothing is new.

    Raises: InputError for a location named twice or a figure below zero.
    """
    places = [location_id for location_id, _ in command.per_week]
    if len(set(places)) < len(places):
        raise InputError(f"velocity of {command.sku}: a location is named twice; sum its sales", code="velocity.twice")
    for location_id, units in command.per_week:
        if not units.is_finite() or not 0 <= units <= MOST_A_WEEK:
            raise InputError(
                f"velocity of {command.sku} at {location_id} must be units a week from 0 to a thousand million",
                code="velocity.units",
            )
    per_week = tuple(sorted(command.per_week))
    if velocity is not None and velocity.per_week == per_week:
        return []
    return [VelocityRecorded(sku=command.sku, per_week=per_week, at=command.at)]


def evolve_velocity(velocity: Velocity | None, event: VelocityRecorded) -> Velocity:
    """The figures as last told."""
    return Velocity(sku=event.sku, per_week=event.per_week, told_at=event.at)
