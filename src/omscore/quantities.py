"""Whole units and the one verb that changes where they are.

`Quantities` counts units by key and never goes below zero. A `Move` takes n units of a SKU from one place to another;
the outside world (supplier, customer, ...) is a place too, so that all moves of all time sum to zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from omscore.errors import InputError

MAX_UNITS = 1_000_000_000
"""The largest count of units any record may hold."""


def checked_units(units: object, *, what: str = "units", least: int = 1) -> int:
    """The count itself when it is a whole number from `least` to a thousand million.

    Raises: InputError for floats, booleans, text, counts below `least` or beyond MAX_UNITS.

    >>> checked_units(3)
    3
    """
    if type(units) is not int:
        raise InputError(
            f"{what} must be a whole number, not {type(units).__name__} {units!r}", code="input.units", what=what
        )
    if not least <= units <= MAX_UNITS:
        # Python refuses to print very long numbers, so a hostile one is told by its size.
        shown = units if units.bit_length() < 60 else f"a number of {units.bit_length()} bits"
        raise InputError(f"{what} must be between {least} and {MAX_UNITS}, not {shown}", code="input.units", what=what)
    return units


def is_count(units: object) -> bool:
    """Whether it is a whole number from 1 to a thousand million; asked where what it counts is told only when not.

    >>> is_count(3), is_count(0), is_count(True)
    (True, False, False)
    """
    return type(units) is int and 1 <= units <= 1_000_000_000  # MAX_UNITS, spelled out: the compiler folds it


class StockState(StrEnum):
    """What may be done with units that are at a location (the cells of one stock level)."""

    SELLABLE = "sellable"
    RESERVED = "reserved"
    ALLOCATED = "allocated"
    PICKED = "picked"
    HELD = "held"
    DAMAGED = "damaged"
    EXPECTED = "expected"


class Outside(StrEnum):
    """The places beyond our own shelves, so that no unit ever comes from nowhere."""

    SUPPLIER = "supplier"
    CUSTOMER = "customer"
    ADJUSTMENT = "adjustment"
    WRITE_OFF = "write_off"


class StockPlace(NamedTuple):
    """Where units are: a state within a pool at a location, or one of the outside places.

    >>> StockPlace("MUC", "general", StockState.SELLABLE).is_outside, SUPPLIER.is_outside
    (False, True)
    """

    location: str
    pool: str
    state: StockState | Outside

    @property
    def is_outside(self) -> bool:
        return self.location == ""


SUPPLIER = StockPlace("", "", Outside.SUPPLIER)
CUSTOMER = StockPlace("", "", Outside.CUSTOMER)
ADJUSTMENT = StockPlace("", "", Outside.ADJUSTMENT)
WRITE_OFF = StockPlace("", "", Outside.WRITE_OFF)


class Move(NamedTuple):
    """`units` of `sku` leave `origin` and arrive at `target`."""

    sku: str
    units: int
    origin: StockPlace
    target: StockPlace


class CellKey(NamedTuple):
    """The address of one count of units: a SKU in one state of one pool at one location."""

    sku: str
    location: str
    pool: str
    state: StockState


def net_changes(moves: Iterable[Move]) -> dict[CellKey, int]:
    """The change of every own cell, all demand on one cell summed, cells that come out even left out.

    Holds: demand on one cell is summed before it is checked.

    >>> shelf = StockPlace("MUC", "general", StockState.SELLABLE)
    >>> taken = StockPlace("MUC", "general", StockState.ALLOCATED)
    >>> sorted(net_changes([Move("TEA", 3, shelf, taken), Move("TEA", 3, shelf, taken)]).values())
    [-6, 6]
    """
    changes: dict[CellKey, int] = {}
    for sku, units, origin, target in moves:
        if origin.location:
            key = CellKey(sku, origin.location, origin.pool, origin.state)  # type: ignore[arg-type]
            changes[key] = changes.get(key, 0) - units
        if target.location:
            key = CellKey(sku, target.location, target.pool, target.state)  # type: ignore[arg-type]
            changes[key] = changes.get(key, 0) + units
    return {key: units for key, units in changes.items() if units}


class Quantities:
    """An immutable count of units by key; keys with zero units do not exist.

    `+` adds, `-` subtracts and refuses to go below zero, `&` keeps the smaller count of each key.

    >>> Quantities({"TEA": 3}) + Quantities({"TEA": 1, "CUP": 2})
    Quantities({'CUP': 2, 'TEA': 4})
    >>> (Quantities({"TEA": 3}) & Quantities({"TEA": 5})).total
    3
    """

    __slots__ = ("_units",)

    def __init__(self, units: Mapping[str, int] | Iterable[tuple[str, int]] = ()) -> None:
        counted: dict[str, int] = {}
        for key, count in units.items() if isinstance(units, Mapping) else units:
            counted[key] = counted.get(key, 0) + checked_units(count, what=f"units of {key}", least=0)
        self._units = {key: counted[key] for key in sorted(counted) if counted[key]}

    def __getitem__(self, key: str) -> int:
        return self._units.get(key, 0)

    def __iter__(self) -> Iterator[str]:
        return iter(self._units)

    def __len__(self) -> int:
        return len(self._units)

    def items(self) -> tuple[tuple[str, int], ...]:
        """Key and units, in key order."""
        return tuple(self._units.items())

    @property
    def total(self) -> int:
        return sum(self._units.values())

    def __add__(self, other: Quantities) -> Quantities:
        return Quantities([*self._units.items(), *other._units.items()])

    def __sub__(self, other: Quantities) -> Quantities:
        left = dict(self._units)
        for key, count in other._units.items():
            if left.get(key, 0) < count:
                raise InputError(
                    f"cannot take {count} of {key} from {left.get(key, 0)}", code="input.units_below_zero", key=key
                )
            left[key] -= count
        return Quantities(left)

    def __and__(self, other: Quantities) -> Quantities:
        return Quantities({key: min(count, other[key]) for key, count in self._units.items()})

    def __eq__(self, other: object) -> bool:
        return self._units == other._units if isinstance(other, Quantities) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self._units.items()))

    def __repr__(self) -> str:
        return f"Quantities({self._units!r})"
