"""Records to JSON text by functions that are each made once, from the type hints of a class.

A text is put together straight from the fields, without a tree of dicts in between; what several records of one commit
share is written once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any, Literal, cast, get_args, get_origin

import attrs

from omscore.codec.shapes import REQUIRED, Field, fields_of, is_named_tuple, optional_of, plain_kind
from omscore.money import Money, UnitPrice
from omscore.orders.amounts import Taxed
from omscore.records import compiled

Write = Callable[[Any], str]

_EMPTIABLE = (str, int, bool, tuple)

to_json = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


class Writers:
    """The writing function of every type of field and record, made when first asked for.

    Shape: `in_key_order` sorts the fields of records at every depth; `kept` says of which classes the texts of the
    latest so many records are kept, because the same record is soon written again.
    """

    def __init__(self, *, in_key_order: bool = False, kept: Mapping[Any, int] | None = None) -> None:
        self._in_key_order = in_key_order
        self._kept = kept or {}
        self._made: dict[Any, Write] = dict(_LEAVES)

    def of(self, kind: Any) -> Write:
        """The function that writes values of a type. Raises: TypeError for a type no record may have."""
        write = self._made.get(kind)
        if write is None:
            write = self._make(kind)
            if kind in self._kept:
                write = _keeping(write, self._kept[kind])
            self._made[kind] = write
        return write

    def record(self, cls: type[Any], *, leave_out: frozenset[str] = frozenset()) -> Write:
        """The function that writes an attrs record without some of its fields; fields at their default are left out."""
        fields = [field for field in fields_of(cls) if field.name not in leave_out]
        if self._in_key_order:
            fields.sort(key=lambda field: field.name)
        names: dict[str, Any] = {}
        lines: list[str] = []
        run = ""  # fields that are always there make up one f-string
        for field in fields:
            if field.default is REQUIRED:
                run += f',"{field.name}":{self._piece(field.kind, f"record.{field.name}", names)}'
                continue
            if run:
                lines.append(f"    text += f'{run}'")
                run = ""
            kind = field.kind
            if field.default is None:  # what is written then is never None
                kind = optional_of(kind) or kind
            piece = f',"{field.name}":{self._piece(kind, "value", names)}'
            lines += [
                f"    value = record.{field.name}",
                f"    if {_is_there(field, names)}:",
                f"        text += f'{piece}'",
            ]
        if run and not lines:
            return compiled("write", ["def write(record):", f"    return f'{{{{{run[1:]}}}}}'"], names)
        if run:
            lines.append(f"    text += f'{run}'")
        if fields and fields[0].default is REQUIRED:  # then no comma has to be cut off again
            lines[0] = lines[0].replace("text += f',", "text = f'{{", 1)
            return compiled("write", ["def write(record):", *lines, "    return text + '}'"], names)
        lines = ["def write(record):", "    text = ''", *lines, "    return f'{{{text[1:]}}}'"]
        return compiled("write", lines, names)

    def _make(self, kind: Any) -> Write:
        plain = plain_kind(kind)
        if plain is not kind:
            return self.of(plain)
        if (inner := optional_of(kind)) is not None:
            write = self.of(inner)
            return lambda value: "null" if value is None else write(value)
        origin, arguments = get_origin(kind), get_args(kind)
        if origin is tuple and arguments[1:] == (...,):
            each = self.of(arguments[0])
            return lambda values: f"[{','.join(map(each, values))}]"
        if origin is tuple:
            return self._row([(f"value_{place}", each) for place, each in enumerate(arguments)])
        if origin is Literal:
            return encode_basestring
        if is_named_tuple(kind):
            return self._row([(f"value_{place}", field.kind) for place, field in enumerate(fields_of(kind))])
        if isinstance(kind, type) and issubclass(kind, Enum):
            texts = {member: to_json(member.value) for member in kind}
            return texts.__getitem__
        if attrs.has(kind):
            return self.record(cast(Any, kind))
        raise TypeError(f"{kind!r} cannot be written; a record holds plain values, tuples and other records")

    def _row(self, columns: list[tuple[str, Any]]) -> Write:
        names: dict[str, Any] = {}
        row = ", ".join([value for value, _ in columns])
        cells = ",".join([self._piece(kind, value, names) for value, kind in columns])
        return compiled("write", ["def write(values):", f"    {row}, = values", f"    return f'[{cells}]'"], names)

    def _piece(self, kind: Any, value: str, names: dict[str, Any]) -> str:
        """The part of an f-string that writes a value; what is often there is written without a call of its own."""
        plain = plain_kind(kind)
        if plain in _PIECES:
            return _PIECES[plain].replace("VALUE", value)
        name = f"write_{len(names)}"
        arguments = get_args(plain)
        if get_origin(plain) is tuple and arguments[1:] == (...,) and plain not in self._kept:
            names[name], names["join"] = self.of(arguments[0]), ",".join
            return f"[{{join(map({name}, {value}))}}]"
        if (inner := optional_of(plain)) is not None:
            names[name], names["null"] = self.of(inner), "null"
            return f"{{null if {value} is None else {name}({value})}}"
        names[name] = self.of(plain)
        return f"{{{name}({value})}}"


def _is_there(field: Field, names: dict[str, Any]) -> str:
    """When a value differs from what its field is left out at, as an expression that is quick for the common defaults.

    Shape: of plain values and tuples nothing but the empty one is false; what equals None is None.
    """
    kind, default = plain_kind(field.kind), field.default
    if default is None:
        return "value is not None"
    if not default and type(default) in _EMPTIABLE and type(default) is (get_origin(kind) or kind):
        return "value"
    names[f"default_{field.name}"] = default
    return f"value is not default_{field.name} and value != default_{field.name}"


def _keeping(write: Write, most: int) -> Write:
    """The same function with the texts of the latest records kept.

    Holds: a record is kept beside its text, so that its id cannot have become another's.
    """
    kept: dict[int, tuple[Any, str]] = {}
    look_up = kept.get

    def write_kept(record: Any) -> str:
        if (found := look_up(id(record))) is not None:
            return found[1]
        if len(kept) >= most:
            kept.clear()
        text = write(record)
        kept[id(record)] = (record, text)
        return text

    return write_kept


def _moment_writer() -> Write:
    """The events and states of one commit mostly share their moment, so the latest one is kept with its text."""
    latest: tuple[datetime | None, str] = (None, "")

    def write(moment: datetime) -> str:
        nonlocal latest
        kept, text = latest
        if kept is not moment:
            text = f'"{moment.astimezone(UTC).isoformat()}"'
            latest = (moment, text)
        return text

    return write


def write_words(words: Mapping[str, str]) -> str:
    """The payload of a task, words under names, as JSON text."""
    return _worded(tuple(words)) % tuple(map(encode_basestring, words.values()))


@lru_cache(maxsize=256)
def _worded(names: tuple[str, ...]) -> str:
    """The payload with these names as a format for its words: tasks of a kind have the same names."""
    written = [encode_basestring(name).replace("%", "%%") for name in names]
    return f"{{{','.join([f'{name}:%s' for name in written])}}}"


# Written into the f-strings themselves, which saves a call each. Whole numbers look there as they do in JSON.
_PIECES: Mapping[Any, str] = {
    int: "{VALUE}",
    Decimal: '"{VALUE!s}"',
    Money: '[{VALUE.minor},"{VALUE.currency}"]',
    UnitPrice: '["{VALUE.amount!s}","{VALUE.currency}"]',
    bool: '{"true" if VALUE else "false"}',
    Taxed: '[{VALUE.net.minor},{VALUE.tax.minor},"{VALUE.net.currency}"]',
}

_LEAVES: Mapping[Any, Write] = {
    **{
        kind: compiled("write", ["def write(value):", f"    return f'{piece.replace('VALUE', 'value')}'"], {})
        for kind, piece in _PIECES.items()
    },
    str: encode_basestring,
    float: to_json,
    dict: write_words,
    datetime: _moment_writer(),
    date: lambda day: f'"{day.isoformat()}"',
    time: lambda clock: f'"{clock.isoformat()}"',
}
