"""Whole plans of single orders, of which a joint plan takes one each, and the prices by which they are compared."""

from __future__ import annotations

from collections.abc import Mapping

from omscore.records import frozen
from omscore.routing.joint.shelf import Draw
from omscore.routing.joint.sums import Floats


@frozen(kw_only=True)
class Column:
    """One plan of one order: what it takes from the shelf, and which room at its locations. Units: minor."""

    order: int
    cost: int
    units: int
    draws: tuple[Draw, ...]
    rooms: tuple[Draw, ...] = ()


@frozen(kw_only=True)
class Prices:
    """What a unit costs in each cell besides its shipment, and what serving a unit is worth.

    Shape: `by_keep[k]` runs over the cells, for orders that keep so many units back; the last entry is zero.
    """

    by_keep: Mapping[int, Floats]
    unit: float = 0.0
