"""From a TOML file to typed rules, strictly: every complaint names the path of the field and what it needs.

cattrs takes the tables apart; what it is told here is that nothing is converted on the quiet: 3.7 is no whole number,
"false" is no answer to yes or no, an unknown key is an error. Paths are read as relative to the folder of the file.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from enum import Enum, StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TypeAlias, TypeVar, get_args, get_origin

import attrs
from cattrs import Converter
from cattrs.errors import BaseValidationError
from cattrs.gen import make_dict_structure_fn, make_mapping_structure_fn

from omscore.errors import SetupError
from omscore.policy.complaints import HIDDEN, MAX_WHOLE, WrongSortError, complaint
from omscore.policy.ownrules import OWN_FILTERS, OWN_SCORES, OWN_STRATEGIES, OwnRules
from omscore.policy.sealed import revealed
from omscore.policy.shop import Shop
from omscore.routing.ownstrategies import OwnStrategy
from omscore.routing.rules import FILTERS, Filter
from omscore.routing.scores import SCORES, Score
from omscore.secrets import Secret

R = TypeVar("R")
Structure: TypeAlias = Callable[[Any, Any], Any]


def load_shop(path: Path, *, overrides: Mapping[str, Any] | None = None) -> Shop:
    """The shop a TOML file describes; `overrides` replaces whole top-level tables (such as `storage`).

    Raises: SetupError with the path of the first field that is missing, unknown or of the wrong sort.
    """
    if overrides is not None and not isinstance(overrides, Mapping):
        raise SetupError(f"overrides must be tables by name, not {type(overrides).__name__}")
    try:
        content = path.read_bytes()
        if content.startswith(_DATABASE):
            raise SetupError(f"{path} is a database; give the shop.toml that names it")
        tables = {**tomllib.loads(content.decode("utf-8-sig")), **(overrides or {})}
    except OSError as error:
        raise SetupError(f"cannot read {path}: {error.strerror}; give the path of a shop.toml") from error
    except RecursionError as error:
        raise SetupError(f"{path} is not TOML a shop could have: its tables lie too deep") from error
    except ValueError as error:  # no TOML, no UTF-8, a number or a path that cannot be one
        raise SetupError(f"{path} is not TOML: {error}{_place_of(error, content)}") from error
    try:
        return load_record(tables, Shop, folder=path.parent)
    except SetupError as error:
        slip = _slipped(tables, error)
        raise SetupError(f"{path}: {error}{slip}", code=error.code, **error.fields) from error


_DATABASE = b"SQLite format 3\0"


_WRITTEN = "write text in double quotes, true and false in small letters, times as 14:00:00, and each table once"
_AT_LINE = re.compile(r"at line (\d+),")
_KEY = re.compile(rb"\s*([\w.-]{1,60})\s*=")


def _place_of(error: ValueError, content: bytes) -> str:
    """The key on the line where the file stops being TOML, and how things are written; a value may be a secret."""
    found = _AT_LINE.search(str(error))
    if found is None:
        return ""
    lines = content.splitlines()
    key = _KEY.match(lines[int(found[1]) - 1]) if int(found[1]) <= len(lines) else None
    return f"{f', in {key[1].decode()}' if key else ''}; {_WRITTEN}"


def _slipped(tables: Mapping[str, Any], error: SetupError) -> str:
    """A hint when a key of the shop was written below the head of a table, and so belongs to that table."""
    key = str(error.fields.get("path"))
    if error.code == "setup.unknown":
        table, _, name = key.rpartition(".")
        is_ours = table != "" and name in attrs.fields_dict(Shop) and name not in tables
        return f" ({name} is a key of the shop itself: move it above the first table)" if is_ours else ""
    if error.code != "setup.missing":
        return ""
    inside = next((name for name, table in tables.items() if isinstance(table, dict) and key in table), None)
    return "" if inside is None else f" ({key} stands below [{inside}]: move it above the first table)"


def load_record(table: Mapping[str, Any], kind: type[R], *, folder: Path, where: str = "") -> R:
    """One attrs record from one table.

    Raises: SetupError with the path of what does not fit.

    >>> from omscore.places import Point
    >>> load_record({"lat": 48.1, "lon": "11.5"}, Point, folder=Path(), where="locations.0.point")
    Traceback (most recent call last):
    omscore.errors.SetupError: locations.0.point.lon must be a number, not text '11.5'
    """
    try:
        return _converter(folder).structure(table, kind)
    except BaseValidationError as error:
        raise complaint(error, where) from None


_PLAIN: dict[type[Any], tuple[str, tuple[type[Any], ...]]] = {
    str: ("text", (str,)),
    bool: ("true or false", (bool,)),
    float: ("a number", (int, float)),
    time: ("a time such as 14:00:00", (time,)),
    datetime: ("a moment such as 2026-03-01T12:00:00Z", (datetime,)),
    date: ("a date such as 2026-03-01", (date,)),
}


@lru_cache(maxsize=8)
def _converter(folder: Path) -> Converter:
    """The reader of tables whose paths start in that folder."""
    converter = Converter(forbid_extra_keys=True)
    as_tuple = converter.get_structure_hook(tuple[str, ...])
    for kind, (words, sorts) in _PLAIN.items():
        converter.register_structure_hook(kind, _exactly(words, sorts))
    for kind in (Enum, StrEnum):  # words are enums before they are text
        converter.register_structure_hook(kind, _word)
    converter.register_structure_hook(Decimal, _decimal)
    converter.register_structure_hook(Path, lambda value, _: folder / _path(value))
    converter.register_structure_hook(int, _whole)
    converter.register_structure_hook(Secret, lambda value, _: _secret(value, folder))

    @converter.register_structure_hook_factory(_is_of(Literal))
    def literal(kind: Any) -> Structure:
        return _one_of({each: each for each in get_args(kind)})

    @converter.register_structure_hook_factory(_is_of(tuple))
    def row(kind: Any) -> Structure:
        columns = get_args(kind)

        def structure(value: Any, _: Any) -> Any:
            _checked(value, "a list", (list,), is_hidden=Secret in columns)
            if columns[-1] is not Ellipsis and len(value) != len(columns):
                raise WrongSortError(f"a list of {len(columns)}", value)
            return as_tuple(value, kind)

        return structure

    @converter.register_structure_hook_factory(_is_of(Mapping))
    def table(kind: Any) -> Structure:
        structure = make_mapping_structure_fn(kind, converter, dict)
        return lambda value, _: structure(_checked(value, "a table", (dict,)), kind)

    converter.register_structure_hook(Filter, lambda value, _: _rule(converter, value, "rule", FILTERS, OWN_FILTERS))
    converter.register_structure_hook(Score, lambda value, _: _rule(converter, value, "score", SCORES, OWN_SCORES))

    @converter.register_structure_hook_factory(attrs.has)
    def record(kind: type[Any]) -> Structure:
        structure = make_dict_structure_fn(kind, converter, _cattrs_forbid_extra_keys=True)
        return lambda value, _: structure(_checked(value, "a table", (dict,)), kind)

    converter.register_structure_hook_func(  # for the class alone: those that extend it are read as any record
        lambda kind: kind is OwnStrategy, lambda value, _: _rule(converter, value, "strategy", {}, OWN_STRATEGIES)
    )
    return converter


def _rule(converter: Converter, value: Any, word: str, ours: Mapping[str, type[Any]], others: OwnRules[Any]) -> Any:
    """A filter, score or strategy of a routing profile: which one stands under `word`, its settings beside it."""
    settings = dict(_checked(value, "a table", (dict,)))
    if word not in settings:
        raise WrongSortError(
            f"a table with the name of its `{word}`, one of {', '.join([*ours, *others.names()])}", value
        )
    name = settings.pop(word)
    kind = (ours.get(name) or others.named(name)) if type(name) is str else None
    if kind is None:
        raise WrongSortError(f"a {word} that is known: {', '.join([*ours, *others.names()])}", name)
    return converter.structure(settings, kind)


def _secret(value: Any, folder: Path) -> Secret:
    try:
        return revealed(value, folder)
    except TypeError as error:
        raise WrongSortError('text, or where it is kept: { env = "NAME" } or { file = "path" }', HIDDEN) from error


def _is_of(origin: object) -> Callable[[Any], bool]:
    return lambda kind: get_origin(kind) is origin


def _checked(value: Any, words: str, sorts: tuple[type[Any], ...], *, is_hidden: bool = False) -> Any:
    if type(value) not in sorts:
        raise WrongSortError(words, HIDDEN if is_hidden else value)
    return value


def _path(value: Any) -> str:
    text: str = _checked(value, "text", (str,))
    if any(ord(character) < 32 for character in text):
        raise WrongSortError("a path without invisible characters", text)
    return text


def _whole(value: Any, _: Any) -> int:
    number: int = _checked(value, "a whole number", (int,))
    if not -MAX_WHOLE < number < MAX_WHOLE:
        raise WrongSortError("a whole number of at most fifteen digits", number)
    return number


def _exactly(words: str, sorts: tuple[type[Any], ...]) -> Structure:
    return lambda value, _: _checked(value, words, sorts)


def _word(value: Any, kind: type[Enum]) -> Any:
    words = {each.value: each for each in kind}
    return _one_of(words)(value, kind)


def _one_of(words: Mapping[Any, Any]) -> Structure:
    def structure(value: Any, _: Any) -> Any:
        if type(value) is not str or value not in words:
            raise WrongSortError(f"one of {', '.join(map(str, words))}", value)
        return words[value]

    return structure


def _decimal(value: Any, _: Any) -> Decimal:
    text = _checked(value, "text", (str,))
    try:
        number = Decimal(text) if text.isascii() and len(text) <= 40 and "_" not in text else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite():
        raise WrongSortError('a decimal in quotes such as "0.20"', text)
    return number
