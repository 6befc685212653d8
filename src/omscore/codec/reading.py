"""Records from parsed JSON by functions that are each made once, from the type hints of a class.

Nothing is converted on the quiet: 3.7 is no whole number, "false" is no answer to yes or no, a field too many is as
wrong as one too few.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Any, Literal, cast, get_args, get_origin

import attrs

from omscore.codec.shapes import REQUIRED, fields_of, is_named_tuple, optional_of, plain_kind
from omscore.money import Money, UnitPrice
from omscore.orders.amounts import Taxed
from omscore.records import compiled

Read = Callable[[Any], Any]

KEPT_VALUES = 4_096
"""How many amounts, prices, numbers and moments are kept once read; they are immutable and come again."""

_PLAIN = (str, int, bool)


class Readers:
    """The reading function of every type of field and record, made when first asked for.

    Raises: the functions raise TypeError, ValueError or InputError for anything that is not exactly such a value.
    """

    def __init__(self) -> None:
        self._made: dict[Any, Read] = dict(_LEAVES)

    def of(self, kind: Any) -> Read:
        """The function that reads values of a type. Raises: TypeError for a type no record may have."""
        read = self._made.get(kind)
        if read is None:
            read = self._made[kind] = self._make(kind)
        return read

    def _make(self, kind: Any) -> Read:
        plain = plain_kind(kind)
        if plain is not kind:
            return self.of(plain)
        if (inner := optional_of(kind)) is not None:
            read = self.of(inner)
            return lambda value: None if value is None else read(value)
        origin, arguments = get_origin(kind), get_args(kind)
        if origin is tuple and arguments[1:] == (...,):
            return _tuple_reader(self.of(arguments[0]))
        if origin is tuple:
            return self._row(arguments, "tuple", tuple_of)
        if origin is Literal:
            return _word_reader(kind, {word: word for word in arguments})
        if origin is dict:
            return _dict_reader(self.of(arguments[0]), self.of(arguments[1]))
        if is_named_tuple(kind):
            return self._row(tuple(field.kind for field in fields_of(kind)), kind.__name__, kind)
        if isinstance(kind, type) and issubclass(kind, Enum):
            return _word_reader(kind, {member.value: member for member in kind})
        if attrs.has(kind):
            return self._record(cast(Any, kind))
        raise TypeError(f"{kind!r} cannot be read; a record holds plain values, tuples and other records")

    def _record(self, cls: type[Any]) -> Read:
        fields = fields_of(cls)
        if len(fields) > 1 and len({plain_kind(field.kind) for field in fields}) == 1:
            return _counts_reader(cls, self.of(fields[0].kind))
        names: dict[str, Any] = {"cls": cls, "wrong": _wrong, "extra": _extra, "absent": REQUIRED}
        lines = [
            "def read(fields):",
            "    if type(fields) is not dict:",
            "        wrong(fields, cls)",
            "    count = len(fields)",
        ]
        arguments = []
        for field in fields:
            value = f"f_{field.name}"
            arguments.append(f"{field.argument}={value}")
            if field.default is REQUIRED:
                lines.append(f"    {value} = fields['{field.name}']")
                lines += [f"    {line}" for line in self._source(field.kind, value, names)]
                lines.append("    count -= 1")
            else:
                names[f"default_{field.name}"] = field.default
                lines.append(f"    {value} = fields.get('{field.name}', absent)")
                lines.append(f"    if {value} is absent:")
                lines.append(f"        {value} = default_{field.name}")
                lines.append("    else:")
                lines += [f"        {line}" for line in self._source(field.kind, value, names)]
                lines.append("        count -= 1")
        lines += ["    if count:", "        extra(fields, cls)", f"    return cls({', '.join(arguments)})"]
        return compiled("read", lines, names)

    def _row(self, kinds: tuple[Any, ...], what: str, made: Callable[..., Any]) -> Read:
        names: dict[str, Any] = {"wrong": _wrong, "made": made, "what": what}
        values = [f"v_{place}" for place in range(len(kinds))]
        lines = [
            "def read(row):",
            "    if type(row) is not list:",
            "        wrong(row, what)",
            f"    {', '.join(values)}, = row",
        ]
        for value, kind in zip(values, kinds, strict=True):
            lines += [f"    {line}" for line in self._source(kind, value, names)]
        lines.append(f"    return made({', '.join(values)})")
        return compiled("read", lines, names)

    def _source(self, kind: Any, value: str, names: dict[str, Any]) -> list[str]:
        """The statements that turn the parsed value in a variable into the value of the field."""
        plain = plain_kind(kind)
        if plain in _PLAIN:
            return [f"if type({value}) is not {plain.__name__}:", f"    wrong({value}, {plain.__name__})"]
        name = f"read_{len(names)}"
        names[name] = self.of(plain)
        return [f"{value} = {name}({value})"]


def tuple_of(*values: Any) -> tuple[Any, ...]:
    return values


def _wrong(value: Any, wanted: Any) -> None:
    raise TypeError(f"{value!r} is no {getattr(wanted, '__name__', wanted)}")


def _extra(fields: dict[str, Any], cls: type[Any]) -> None:
    known = {field.name for field in fields_of(cls)}
    raise ValueError(f"{cls.__name__} has no field {', '.join(sorted(set(fields) - known))}")


def _exactly(kind: type[Any]) -> Read:
    def read(value: Any) -> Any:
        if type(value) is not kind:
            _wrong(value, kind)
        return value

    return read


def _from_text(made: Callable[[str], Any], kind: type[Any]) -> Read:
    make = lru_cache(maxsize=KEPT_VALUES)(made)

    def read(value: Any) -> Any:
        if type(value) is not str:
            _wrong(value, kind)
        return make(value)

    return read


def _tuple_reader(read: Read) -> Read:
    def read_all(values: Any) -> tuple[Any, ...]:
        if type(values) is not list:
            _wrong(values, "tuple")
        return tuple(map(read, values))

    return read_all


def _counts_reader(cls: type[Any], read: Read) -> Read:
    """For a record whose fields are all of one type, as the units of a line by state: mostly one is there of nine."""

    def read_counts(fields: Any) -> Any:
        if type(fields) is not dict:
            _wrong(fields, cls)
        return cls(**{name: read(value) for name, value in fields.items()})

    return read_counts


def _dict_reader(read_key: Read, read_value: Read) -> Read:
    def read_all(values: Any) -> dict[Any, Any]:
        if type(values) is not dict:
            _wrong(values, dict)
        return {read_key(key): read_value(value) for key, value in values.items()}

    return read_all


def _word_reader(kind: Any, words: Mapping[str, Any]) -> Read:
    def read(value: Any) -> Any:
        if type(value) is not str or value not in words:
            _wrong(value, kind)
        return words[value]

    return read


_moment_of = lru_cache(maxsize=KEPT_VALUES)(datetime.fromisoformat)


def _read_moment(value: Any) -> datetime:
    return value if isinstance(value, datetime) else _moment_of(value)


def _read_float(value: Any) -> float:
    if type(value) is not float and type(value) is not int:
        _wrong(value, float)
    return float(value)


@lru_cache(maxsize=KEPT_VALUES)
def _money_of(minor: int, currency: str) -> Money:
    return Money(minor, currency)


def _read_money(pair: Any) -> Money:
    minor, currency = pair
    if type(minor) is not int or type(currency) is not str:  # before the memory, to which True and 1 are the same
        _wrong(pair, Money)
    return _money_of(minor, currency)


@lru_cache(maxsize=KEPT_VALUES)
def _taxed_of(net: int, tax: int, currency: str) -> Taxed:
    return Taxed(_money_of(net, currency), _money_of(tax, currency))


def _read_taxed(parts: Any) -> Taxed:
    net, tax, currency = parts
    if type(net) is not int or type(tax) is not int or type(currency) is not str:
        _wrong(parts, Taxed)
    return _taxed_of(net, tax, currency)


@lru_cache(maxsize=KEPT_VALUES)
def _price_of(amount: str, currency: str) -> UnitPrice:
    return UnitPrice(Decimal(amount), currency)


def _read_price(pair: Any) -> UnitPrice:
    amount, currency = pair
    if type(amount) is not str or type(currency) is not str:
        _wrong(pair, UnitPrice)
    return _price_of(amount, currency)


_LEAVES: Mapping[Any, Read] = {
    **{kind: _exactly(kind) for kind in _PLAIN},
    float: _read_float,
    Decimal: _from_text(Decimal, Decimal),
    datetime: _read_moment,
    date: _from_text(date.fromisoformat, date),
    time: _from_text(time.fromisoformat, time),
    Money: _read_money,
    UnitPrice: _read_price,
    Taxed: _read_taxed,
}
