"""From a TOML file to typed rules, strictly: every complaint names the path of the field and what it needs.

Nothing is converted on the quiet: 3.7 is no whole number, "false" is no answer to yes or no, an unknown key is an
error. Paths are read as relative to the folder of the file.
"""

from __future__ import annotations

import tomllib
import types
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from enum import Enum
from pathlib import Path
from typing import Any, Literal, NewType, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import attrs

from omscore.errors import InputError, SetupError
from omscore.policy.shop import Shop

R = TypeVar("R")


def load_shop(path: Path, *, overrides: Mapping[str, Any] | None = None) -> Shop:
    """The shop a TOML file describes; `overrides` replaces whole top-level tables (such as `storage`).

    Raises: SetupError with the path of the first field that is missing, unknown or of the wrong sort.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SetupError(f"cannot read {path}: {error.strerror}; give the path of a shop.toml") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SetupError(f"{path} is not TOML: {error}") from error
    return load_record({**tables, **(overrides or {})}, Shop, folder=path.parent)


def load_record(table: Mapping[str, Any], kind: type[R], *, folder: Path, where: str = "") -> R:
    """One attrs record from one table.

    Raises: SetupError with the path of what does not fit.

    >>> from omscore.places import Point
    >>> load_record({"lat": 48.1, "lon": "11.5"}, Point, folder=Path(), where="locations.0.point")
    Traceback (most recent call last):
    omscore.errors.SetupError: locations.0.point.lon must be a number, not text '11.5'
    """
    hints = get_type_hints(kind)
    fields = {field.name: field for field in attrs.fields(cast(Any, kind)) if field.init}
    for key in table:
        if key not in fields:
            raise SetupError(
                f"{_at(where, key)} is not known; the fields here are {', '.join(fields)}",
                code="setup.unknown",
                path=_at(where, key),
            )
    values = {}
    for name, field in fields.items():
        if name in table:
            values[name] = _value(table[name], hints[name], folder, _at(where, name))
        elif field.default is attrs.NOTHING:
            raise SetupError(
                f"required field missing @ {_at(where, name)}", code="setup.missing", path=_at(where, name)
            )
    try:
        return kind(**values)
    except InputError as error:
        raise SetupError(f"{where or 'shop'}: {error}", path=where) from error


_SORTS: dict[Any, tuple[str, Callable[[Any], bool]]] = {
    str: ("text", lambda value: type(value) is str),
    int: ("a whole number", lambda value: type(value) is int),
    bool: ("true or false", lambda value: type(value) is bool),
    float: ("a number", lambda value: type(value) in (int, float)),
    time: ("a time such as 14:00:00", lambda value: type(value) is time),
    datetime: ("a moment such as 2026-03-01T12:00:00Z", lambda value: type(value) is datetime),
    date: ("a date such as 2026-03-01", lambda value: type(value) is date),
}

_WORDS: dict[type[Any], str] = {
    str: "text",
    int: "the number",
    float: "the number",
    bool: "the answer",
    list: "a list",
    dict: "a table",
}


def _value(value: Any, kind: Any, folder: Path, where: str) -> Any:
    if isinstance(kind, NewType):
        return _value(value, kind.__supertype__, folder, where)
    origin = get_origin(kind)
    if kind is Any:
        return value
    if origin is tuple:
        return _tuple(value, get_args(kind), folder, where)
    if origin is Literal:
        if value not in get_args(kind):
            raise _wrong(where, f"one of {', '.join(map(str, get_args(kind)))}", value)
        return value
    if origin in (Union, types.UnionType):
        inner = [each for each in get_args(kind) if each is not type(None)]
        return _value(value, inner[0], folder, where)
    if origin is not None:  # Mapping[str, X]
        if type(value) is not dict:
            raise _wrong(where, "a table", value)
        return {key: _value(each, get_args(kind)[1], folder, _at(where, key)) for key, each in value.items()}
    if attrs.has(kind):
        if type(value) is not dict:
            raise _wrong(where, "a table", value)
        return load_record(value, kind, folder=folder, where=where)
    if isinstance(kind, type) and issubclass(kind, Enum):
        try:
            return kind(value)
        except ValueError:
            raise _wrong(where, f"one of {', '.join(str(each.value) for each in kind)}", value) from None
    if kind is Path:
        return folder / _plain(value, str, where)
    if kind is Decimal:
        return _decimal(_plain(value, str, where), where)
    return _plain(value, kind, where)


def _plain(value: Any, kind: Any, where: str) -> Any:
    words, fits = _SORTS[kind]
    if not fits(value):
        raise _wrong(where, words, value)
    return value


def _decimal(text: str, where: str) -> Decimal:
    try:
        number = Decimal(text) if text.isascii() and len(text) <= 40 and "_" not in text else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite():
        raise _wrong(where, 'a decimal in quotes such as "0.20"', text)
    return number


def _tuple(value: Any, kinds: tuple[Any, ...], folder: Path, where: str) -> tuple[Any, ...]:
    if type(value) is not list:
        raise _wrong(where, "a list", value)
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return tuple(_value(each, kinds[0], folder, f"{where}.{at}") for at, each in enumerate(value))
    if len(value) != len(kinds):
        raise _wrong(where, f"a list of {len(kinds)}", value)
    return tuple(
        _value(each, kind, folder, f"{where}.{at}") for at, (each, kind) in enumerate(zip(value, kinds, strict=True))
    )


def _wrong(where: str, wanted: str, value: Any) -> SetupError:
    return SetupError(
        f"{where} must be {wanted}, not {_WORDS.get(type(value), type(value).__name__)} {value!r}",
        code="setup.wrong",
        path=where,
    )


def _at(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name
