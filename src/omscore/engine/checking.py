"""The border of the engine: every command is held against its declared types before anything looks at it.

Python lets a caller put a number where text belongs; stored, it would come back as damage. So each field is checked
exactly as it is declared, and the complaint names its path.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Hashable
from datetime import datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, NewType, Union, cast, get_args, get_origin, get_type_hints

import attrs

from omscore.errors import InputError
from omscore.items import Item
from omscore.money import Money, UnitPrice
from omscore.parties import Person
from omscore.places import Destination
from omscore.text import checked_text

LONGEST_TEXT = 1_000
YEARS = range(1970, 2201)

_SELF_CHECKED = (Money, UnitPrice, Item, Person, Destination)
"""Records that refuse bad values when they are made."""

_Check = Callable[[Any], None]


class _WrongError(Exception):
    """What is wrong with a value, and the path to it, innermost name first."""

    def __init__(self, says: str) -> None:
        super().__init__(says)
        self.path: list[str] = []


def check_command(command: Any) -> None:
    """Refuse a command whose fields are not of the sort they are declared as.

    Raises: InputError with the path, such as `PlaceOrder.lines.0.units must be a whole number, not str '3'`.
    """
    try:
        _checker(cast(Hashable, type(command)))(command)
    except _WrongError as wrong:
        path = ".".join([type(command).__name__, *reversed(wrong.path)])
        raise InputError(f"{path} {wrong}", code="input.command", path=path) from None


@cache
def _checker(kind: Any) -> _Check:
    if isinstance(kind, NewType):
        return _checker(kind.__supertype__)
    origin = get_origin(kind)
    if origin is tuple:
        return _tuple_checker(_checker(get_args(kind)[0]))
    if origin in (Union, types.UnionType):
        (inner,) = (each for each in get_args(kind) if each is not type(None))
        return _optional_checker(_checker(inner))
    if kind in _PLAIN:
        return _PLAIN[kind]
    if issubclass(kind, Enum):
        words = ", ".join(f"{kind.__name__}.{each.name}" for each in kind)
        return _instance_checker(kind, f"one of {words}")
    if kind in _SELF_CHECKED:
        return _instance_checker(kind, f"a {kind.__name__}")
    if attrs.has(kind):
        names: tuple[str, ...] = tuple(field.name for field in attrs.fields(cast(Any, kind)))
    else:
        names = kind._fields  # a named tuple
    hints = get_type_hints(kind)
    return _record_checker(kind, [(name, _checker(hints[name])) for name in names])


def _record_checker(kind: type[Any], fields: list[tuple[str, _Check]]) -> _Check:
    def check(value: Any) -> None:
        if type(value) is not kind:
            raise _WrongError(f"must be a {kind.__name__}, not {_shown(value)}")
        name = ""
        try:
            for name, check_field in fields:
                check_field(getattr(value, name))
        except _WrongError as wrong:
            wrong.path.append(name)
            raise

    return check


def _tuple_checker(check_each: _Check) -> _Check:
    def check(value: Any) -> None:
        if type(value) is not tuple:
            raise _WrongError(f"must be a tuple, not {_shown(value)}; a tuple of one is written (it,)")
        good = 0
        try:
            for each in value:
                check_each(each)
                good += 1
        except _WrongError as wrong:
            wrong.path.append(str(good))
            raise

    return check


def _optional_checker(check_inner: _Check) -> _Check:
    def check(value: Any) -> None:
        if value is not None:
            check_inner(value)

    return check


def _instance_checker(kind: type[Any], words: str) -> _Check:
    def check(value: Any) -> None:
        if type(value) is not kind:
            raise _WrongError(f"must be {words}, not {_shown(value)}")

    return check


def _check_text(value: Any) -> None:
    if type(value) is not str:
        raise _WrongError(f"must be text, not {_shown(value)}")
    if len(value) > LONGEST_TEXT or not value.isprintable():
        try:
            checked_text(value, what="it", max_length=LONGEST_TEXT, empty=True)
        except InputError as error:
            raise _WrongError(f"is not usable: {error}") from None


def _check_moment(value: Any) -> None:
    if not isinstance(value, datetime):
        raise _WrongError(f"must be a moment such as oms.clock.now(), not {_shown(value)}")
    if value.tzinfo is None:
        raise _WrongError(f"has no offset ({value}); give a moment such as oms.clock.now() or datetime.now(UTC)")
    if value.year not in YEARS:
        raise _WrongError(f"is in the year {value.year}; give a moment between {YEARS[0]} and {YEARS[-1]}")


def _check_decimal(value: Any) -> None:
    if type(value) is not Decimal or not value.is_finite():
        raise _WrongError(f'must be a Decimal such as Decimal("10"), not {_shown(value)}')


_PLAIN: dict[Any, _Check] = {
    str: _check_text,
    int: _instance_checker(int, "a whole number"),
    bool: _instance_checker(bool, "True or False"),
    Decimal: _check_decimal,
    datetime: _check_moment,
}


def _shown(value: Any) -> str:
    if value is None:
        return "None"
    if isinstance(value, type):
        return f"the class {value.__name__}; make one of it"
    text = repr(value) if isinstance(value, str | int | float | Decimal | tuple | list) else ""
    if len(text) > 60:
        text = text[:57] + "..."
    return f"{type(value).__name__} {text}".strip()
