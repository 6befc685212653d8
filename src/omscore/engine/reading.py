"""A command as a JSON document, read strictly: exact sorts, known fields, nothing converted on the quiet.

A record is an object with the names of its fields, a tuple a list, a decimal and a moment are text, money counts minor
units. What is read is then held to the same bounds as a command made in Python (`engine.checking`).
"""

from __future__ import annotations

import re
import types
import unicodedata
from collections.abc import Callable, Hashable
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, NewType, Union, cast, get_args, get_origin, get_type_hints

import attrs

from omscore.border import JsonValue, Limits, read_json, without_card_numbers
from omscore.border.jsontext import STANDARD
from omscore.engine.checking import check_command
from omscore.engine.public import PUBLIC_COMMANDS
from omscore.engine.wrong import WrongError, shown
from omscore.errors import InputError
from omscore.money.decimals import decimal_from_text

_COMMANDS = {kind.__name__: kind for kind in PUBLIC_COMMANDS}

_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?"
    r"(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

_Reader = Callable[[Any], Any]


def read_command(document: bytes | str, *, limits: Limits = STANDARD) -> Any:
    """The command a JSON document tells: its class under `command`, its fields beside it.

    Raises: InputError with the path of the first thing that is unknown, missing, of the wrong sort or out of bounds.

    >>> read_command('{"command": "CancelOrder", "order_id": "ord_1", "at": "2026-03-02T12:00:00Z"}').order_id
    'ord_1'
    >>> read_command('{"command": "CancelOrder", "order_id": 1, "at": "2026-03-02T12:00:00Z"}')
    Traceback (most recent call last):
    omscore.errors.InputError: CancelOrder.order_id must be text, not int 1
    """
    told = read_json(document, limits=limits)
    if not isinstance(told, dict):
        raise InputError(
            f"a command is a JSON object with its fields, not {shown(told)}", code="input.command", path="command"
        )
    name = told.pop("command", None)
    kind = _COMMANDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise InputError(
            f"there is no command {shown(name)}; give one of {', '.join(sorted(_COMMANDS))} under the key 'command'",
            code="input.command",
            path="command",
        )
    try:
        command = _reader(cast(Hashable, kind))(told)
    except WrongError as wrong:
        raise wrong.as_input_error(kind.__name__) from None
    check_command(command)
    return command


@cache
def _reader(kind: Any) -> _Reader:
    if isinstance(kind, NewType):
        return _reader(kind.__supertype__)
    origin = get_origin(kind)
    if origin is tuple:
        return _list_reader(get_args(kind))
    if origin in (Union, types.UnionType):
        (inner,) = (each for each in get_args(kind) if each is not type(None))
        read = _reader(inner)
        return lambda value: None if value is None else read(value)
    if kind in _PLAIN:
        return _PLAIN[kind]
    if issubclass(kind, Enum):
        return _word_reader(kind)
    return _record_reader(kind)


def _record_reader(kind: type[Any]) -> _Reader:
    hints = get_type_hints(kind)
    if attrs.has(kind):
        fields = [field.name for field in attrs.fields(cast(Any, kind))]
        needed = {field.name for field in attrs.fields(cast(Any, kind)) if field.default is attrs.NOTHING}
    else:  # a named tuple
        fields = list(cast(Any, kind)._fields)
        needed = set(fields) - set(cast(Any, kind)._field_defaults)
    readers = {name: _reader(hints[name]) for name in fields}

    def read(value: Any) -> Any:
        if type(value) is not dict:
            raise WrongError(f"must be an object with {', '.join(fields)}, not {shown(value)}")
        values = {}
        for name, each in value.items():
            if name not in readers:
                raise _at(
                    WrongError(f"is not known; the fields here are {', '.join(fields)}"),
                    ascii(without_card_numbers(name[:40]))[1:-1],
                )
            try:
                values[name] = readers[name](each)
            except WrongError as wrong:
                raise _at(wrong, name) from None
        if missing := needed - values.keys():
            raise _at(WrongError("is missing"), next(name for name in fields if name in missing))
        try:
            return kind(**values)
        except InputError as error:
            raise WrongError.of(error) from None

    return read


def _list_reader(kinds: tuple[Any, ...]) -> _Reader:
    is_any_length = len(kinds) == 2 and kinds[1] is Ellipsis
    readers = [_reader(each) for each in (kinds[:1] if is_any_length else kinds)]

    def read(value: Any) -> Any:
        if type(value) is not list:
            raise WrongError(f"must be a list, not {shown(value)}")
        if not is_any_length and len(value) != len(readers):
            raise WrongError(f"must be a list of {len(readers)}, not {shown(value)}")
        found = []
        for at, each in enumerate(value):
            try:
                found.append(readers[0 if is_any_length else at](each))
            except WrongError as wrong:
                raise _at(wrong, str(at)) from None
        return tuple(found)

    return read


def _word_reader(kind: type[Enum]) -> _Reader:
    words = {each.value: each for each in kind}

    def read(value: Any) -> Any:
        if type(value) is not str or value not in words:
            raise WrongError(f"must be one of {', '.join(words)}, not {shown(value)}")
        return words[value]

    return read


def _text(value: JsonValue) -> str:
    if type(value) is not str:
        raise WrongError(f"must be text, not {shown(value)}")
    if not value.isascii() and not unicodedata.is_normalized("NFC", value):
        raise WrongError("is not in composed form; send text in NFC")
    return value


def _whole(value: JsonValue) -> int:
    if type(value) is not int:
        raise WrongError(f"must be a whole number, not {shown(value)}")
    return value


def _answer(value: JsonValue) -> bool:
    if type(value) is not bool:
        raise WrongError(f"must be true or false, not {shown(value)}")
    return value


def _decimal(value: JsonValue) -> Decimal:
    if type(value) is not str:
        raise WrongError(f'must be a decimal in quotes such as "0.20", not {shown(value)}')
    try:
        return decimal_from_text(value, what="it")
    except InputError as error:
        raise WrongError.of(error) from None


def _degrees(value: JsonValue) -> float:
    if type(value) is not int and type(value) is not Decimal:
        raise WrongError(f"must be a number of degrees, not {shown(value)}")
    return float(value)


def _moment(value: JsonValue) -> datetime:
    if type(value) is str and _MOMENT.fullmatch(value) is not None:
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass
    raise WrongError(f'must be a moment with its offset such as "2026-03-01T12:00:00Z", not {shown(value)}')


def _day(value: JsonValue) -> date:
    if type(value) is str and _DAY.fullmatch(value) is not None:
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise WrongError(f'must be a day such as "2026-03-01", not {shown(value)}')


_PLAIN: dict[Any, _Reader] = {
    str: _text,
    int: _whole,
    bool: _answer,
    float: _degrees,
    Decimal: _decimal,
    datetime: _moment,
    date: _day,
}


def _at(wrong: WrongError, name: str) -> WrongError:
    wrong.path.append(name)
    return wrong
