"""The border of the engine: every command is held against its declared types before anything looks at it.

Python lets a caller put a number where text belongs; stored, it would come back as damage. So each field is checked
exactly as it is declared, and the complaint names its path.
"""

from __future__ import annotations

import types
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, NewType, Union, cast, get_args, get_origin, get_type_hints

import attrs

from omscore.border import holds_card_number, refuse_card_number
from omscore.border.cards import FEWEST_DIGITS
from omscore.engine.wrong import WrongError, shown
from omscore.errors import InputError
from omscore.items import Item
from omscore.money import Money, UnitPrice
from omscore.money.decimals import checked_decimal, shown_whole
from omscore.parties import Person
from omscore.places import Destination
from omscore.records import compiled
from omscore.text import checked_text

LONGEST_TEXT = 1_000
LONGEST_KEY = 200
MOST_ENTRIES = 10_000
"""The most entries of any list in a command."""
MOST_WHOLE = 10**15
CODES = frozenset(
    {"sku", "tracking_number", "event_id", "external_id", "control_number", "type_code", "sender_id", "recipient_id"}
)
"""Text fields that are not searched for card numbers."""
YEARS = range(1970, 2201)

_SELF_CHECKED = (Money, UnitPrice, Item, Person, Destination)
"""Records that refuse bad values when they are made."""

_Check = Callable[[Any], None]


def check_command(command: Any) -> None:
    """Refuse a command whose fields are not of the sort they are declared as.

    Raises: InputError with the path, such as `PlaceOrder.lines.0.units must be a whole number, not str '3'`.
    """
    kind: Any = type(command)
    try:
        checker(kind)(command)
    except WrongError as wrong:
        raise wrong.as_input_error(type(command).__name__) from None


def checked_key(key: object) -> str:
    """The command key itself when it can be stored.

    Raises: InputError for anything but 1 to 200 visible characters, and for a card number.
    """
    if type(key) is not str or not 1 <= len(key) <= LONGEST_KEY or not key.isprintable() or not key.strip():
        raise InputError(
            f"a command key is 1 to {LONGEST_KEY} visible characters, not {shown(key)}; give one", code="input.key"
        )
    refuse_card_number(key, what="the command key")
    return key


def checked_question(text: object, *, what: str) -> str:
    """The text itself when something may be stored under it.

    Raises: InputError for other types, over 1,000 characters, and what cannot be seen.
    """
    if type(text) is not str or len(text) > LONGEST_TEXT or not text.isprintable():
        raise InputError(
            f"{what} must be at most {LONGEST_TEXT} visible characters, not {shown(text)}; nothing is kept under that",
            code="input.question",
        )
    return text


@cache
def checker(kind: Any) -> _Check:
    """The function that refuses values which are not of that sort, by WrongError."""
    if isinstance(kind, NewType):
        return checker(kind.__supertype__)
    origin = get_origin(kind)
    if origin is tuple:
        return _tuple_checker(checker(get_args(kind)[0]))
    if origin in (Union, types.UnionType):
        (inner,) = (each for each in get_args(kind) if each is not type(None))
        return _optional_checker(checker(inner))
    if kind in _PLAIN:
        return _PLAIN[kind]
    if issubclass(kind, Enum):
        words = ", ".join(f"{kind.__name__}.{each.name}" for each in kind)
        return _instance_checker(kind, f"one of {words}")
    if kind in _SELF_CHECKED:
        return _instance_checker(kind, f"a {kind.__name__}")
    if attrs.has(kind):
        defaults = {field.name: field.default for field in attrs.fields(cast(Any, kind))}
    else:  # a named tuple
        defaults = {name: kind._field_defaults.get(name, attrs.NOTHING) for name in kind._fields}
    return _record_checker(kind, get_type_hints(kind), defaults)


def _field_checker(name: str, hint: Any) -> _Check:
    """Codes that others assign are digits by nature, so any of them may look like a card number by chance."""
    return _check_code if name in CODES and hint is str else checker(hint)


def _record_checker(kind: type[Any], hints: dict[str, Any], defaults: dict[str, Any]) -> _Check:
    """A function made for the class: what is plainly good is passed over, the rest is looked at by its own checker.

    Shape: `defaults` has every field, in order, with what it is when it is left out, or NOTHING.
    """
    names: dict[str, Any] = {"kind": kind, "refuse": _refuse_kind, "look": _look, **NAMES}
    lines = ["def check(value):", "    if type(value) is not kind:", "        refuse(kind, value)"]
    for name, default in defaults.items():
        hint = hints[name]
        names[f"check_{name}"] = _field_checker(name, hint)
        names[f"default_{name}"] = default
        pad = "    "
        if default is not attrs.NOTHING:  # most fields are left out, and one comparison is all that takes
            lines.append(f"    if value.{name} is not {None if default is None else f'default_{name}'}:")
            pad = "        "
        lines += [
            f"{pad}field = value.{name}",
            f"{pad}if {_doubt(hint, f'kind_{name}', names)}:",
            f"{pad}    look(check_{name}, {name!r}, field)",
        ]
    return compiled("check", lines, names)


def _doubt(hint: Any, name: str, names: dict[str, Any]) -> str:
    """When a field of that sort must be looked at closely, as an expression; a class it speaks of goes by that name."""
    if isinstance(hint, NewType):
        return _doubt(hint.__supertype__, name, names)
    if hint in PLAINLY:
        return f"not ({PLAINLY[hint]})"
    if get_origin(hint) is tuple:
        return "type(field) is not tuple or field"
    if get_origin(hint) in (Union, types.UnionType):
        (inner,) = (each for each in get_args(hint) if each is not type(None))
        return f"field is not None and ({_doubt(inner, name, names)})"
    if hint in _SELF_CHECKED or issubclass(hint, Enum):
        names[name] = hint
        return f"type(field) is not {name}"
    return "True"


NAMES: dict[str, Any] = {"str": str, "tuple": tuple, "int": int, "bool": bool, "datetime": datetime, "UTC": UTC}

PLAINLY: dict[Any, str] = {
    str: f"type(field) is str and len(field) < {FEWEST_DIGITS} and field.isascii() and field.isprintable()",
    int: f"type(field) is int and {-MOST_WHOLE} < field < {MOST_WHOLE}",
    bool: "type(field) is bool",
    datetime: f"type(field) is datetime and field.tzinfo is UTC and {YEARS[0]} <= field.year <= {YEARS[-1]}",
}
"""What is plainly good of each sort: what its checker would let pass, said in a few words."""


def _look(check: _Check, name: str, value: Any) -> None:
    try:
        check(value)
    except WrongError as wrong:
        wrong.path.append(name)
        raise


def _refuse_kind(kind: type[Any], value: Any) -> None:
    raise WrongError(f"must be a {kind.__name__}, not {shown(value)}")


def _tuple_checker(check_each: _Check) -> _Check:
    def check(value: Any) -> None:
        if type(value) is not tuple:
            raise WrongError(f"must be a tuple, not {shown(value)}; a tuple of one is written (it,)")
        if len(value) > MOST_ENTRIES:
            raise WrongError(f"has {len(value)} entries; give at most {MOST_ENTRIES}")
        good = 0
        try:
            for each in value:
                check_each(each)
                good += 1
        except WrongError as wrong:
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
            raise WrongError(f"must be {words}, not {shown(value)}")

    return check


def _check_text(value: Any) -> None:
    _check_code(value)
    if len(value) >= FEWEST_DIGITS and holds_card_number(value):
        raise WrongError(
            "holds a card number; leave it out and give the payment provider's token instead", code="input.card_number"
        )


def _check_code(value: Any) -> None:
    if type(value) is not str:
        raise WrongError(f"must be text, not {shown(value)}")
    if len(value) > LONGEST_TEXT or not value.isprintable():
        try:
            checked_text(value, what="it", max_length=LONGEST_TEXT, empty=True)
        except InputError as error:
            raise WrongError.of(error) from None
    if not value.isascii() and not unicodedata.is_normalized("NFC", value):
        raise WrongError('is not in composed form; give unicodedata.normalize("NFC", text)')


def _check_whole(value: Any) -> None:
    if type(value) is not int:
        raise WrongError(f"must be a whole number, not {shown(value)}")
    if not -MOST_WHOLE < value < MOST_WHOLE:
        raise WrongError(f"must be between -10^15 and 10^15, not {shown_whole(value)}")


def _check_moment(value: Any) -> None:
    if not isinstance(value, datetime):
        raise WrongError(f"must be a moment such as oms.clock.now(), not {shown(value)}")
    if value.tzinfo is None or value.utcoffset() is None:
        raise WrongError(f"has no offset ({value}); give a moment such as oms.clock.now() or datetime.now(UTC)")
    if value.year not in YEARS:
        raise WrongError(f"is in the year {value.year}; give a moment between {YEARS[0]} and {YEARS[-1]}")


def _check_day(value: Any) -> None:
    if type(value) is not date:
        raise WrongError(f"must be a day such as date(2026, 3, 2), not {shown(value)}")
    if value.year not in YEARS:
        raise WrongError(f"is in the year {value.year}; give a day between {YEARS[0]} and {YEARS[-1]}")


def _check_decimal(value: Any) -> None:
    if type(value) is not Decimal or not value.is_finite():
        raise WrongError(f'must be a Decimal such as Decimal("10"), not {shown(value)}')
    try:
        checked_decimal(value, what="it")
    except InputError as error:
        raise WrongError.of(error) from None


_PLAIN: dict[Any, _Check] = {
    str: _check_text,
    int: _check_whole,
    bool: _instance_checker(bool, "True or False"),
    Decimal: _check_decimal,
    datetime: _check_moment,
    date: _check_day,
}
