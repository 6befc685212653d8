"""The plain way from records to JSON text and back, by cattrs and the standard library: what the codec is checked
against. It is slow, general, and says the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any, get_type_hints

import attrs
from cattrs import Converter
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from omscore.money import Money, UnitPrice
from omscore.orders.amounts import Taxed

_to_json = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


class PlainCodec:
    """Texts and records of the same form as those of `omscore.codec.Codec`."""

    def __init__(self) -> None:
        self._converter = _converter()

    def text(self, record: object) -> str:
        return _to_json(self._converter.unstructure(record))

    def content(self, record: object, *, leave_out: frozenset[str]) -> str:
        fields = self._converter.unstructure(record)
        kept = {name: value for name, value in fields.items() if name not in leave_out}
        return json.dumps([type(record).__name__, kept], separators=(",", ":"), ensure_ascii=False, sort_keys=True)

    def event_body(self, event: object) -> str:
        write = make_dict_unstructure_fn(
            type(event),
            self._converter,
            _cattrs_omit_if_default=True,
            at=override(omit=True),
        )
        return _to_json(write(event))

    def record(self, text: str, kind: Any) -> Any:
        return self._converter.structure(json.loads(text), kind)


def _converter() -> Converter:
    converter = Converter(detailed_validation=False, omit_if_default=True, forbid_extra_keys=True)
    converter.register_structure_hook_factory(
        attrs.has, lambda cls: make_dict_structure_fn(cls, converter, _cattrs_forbid_extra_keys=True)
    )
    for plain in _PLAIN:
        converter.register_structure_hook(plain, _exactly(plain))
    converter.register_unstructure_hook(Money, lambda money: (money.minor, money.currency))
    converter.register_structure_hook(Money, lambda pair, _: Money(pair[0], pair[1]))
    converter.register_unstructure_hook(Taxed, lambda taxed: (taxed.net.minor, taxed.tax.minor, taxed.net.currency))
    converter.register_structure_hook(
        Taxed, lambda parts, _: Taxed(Money(parts[0], parts[2]), Money(parts[1], parts[2]))
    )
    converter.register_unstructure_hook(UnitPrice, lambda price: (str(price.amount), price.currency))
    converter.register_structure_hook(UnitPrice, lambda pair, _: UnitPrice(Decimal(pair[0]), pair[1]))
    converter.register_unstructure_hook(Decimal, str)
    converter.register_structure_hook(Decimal, lambda text, _: Decimal(text))
    converter.register_unstructure_hook(datetime, _moment_text)
    converter.register_structure_hook(datetime, lambda value, _: _moment(value))
    converter.register_unstructure_hook(date, date.isoformat)
    converter.register_structure_hook(date, lambda text, _: date.fromisoformat(text))
    converter.register_unstructure_hook(time, time.isoformat)
    converter.register_structure_hook(time, lambda text, _: time.fromisoformat(text))
    converter.register_unstructure_hook_factory(_is_named_tuple, lambda cls: _named_tuple_writer(cls, converter))
    converter.register_structure_hook_factory(_is_named_tuple, lambda cls: _named_tuple_reader(cls, converter))
    return converter


def _moment_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _moment(value: str | datetime) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def _is_named_tuple(cls: Any) -> bool:
    return isinstance(cls, type) and issubclass(cls, tuple) and hasattr(cls, "_fields")


_PLAIN = (str, int, bool)


def _exactly(kind: type[Any]) -> Callable[[Any, Any], Any]:
    """Nothing is converted on the quiet: 3.7 is no whole number, "false" is no answer to yes or no."""

    def read(value: Any, wanted: Any) -> Any:
        if type(value) is not kind:
            raise TypeError(f"{value!r} is no {kind.__name__}")
        return value if wanted is kind else wanted(value)  # an enum of text is found by its text

    return read


def _named_tuple_writer(cls: Any, converter: Converter) -> Callable[[Any], Any]:
    hints = get_type_hints(cls)
    writers = [converter.get_unstructure_hook(hints[field]) for field in cls._fields]
    if all(_is_plain(hints[field]) for field in cls._fields):
        return tuple  # JSON writes named tuples and string enums of plain fields as they are
    return lambda record: [write(value) for write, value in zip(writers, record, strict=True)]


def _named_tuple_reader(cls: Any, converter: Converter) -> Callable[[Any, Any], Any]:
    hints = get_type_hints(cls)
    kinds = [hints[field] for field in cls._fields]
    if all(_supertype(kind) in _PLAIN for kind in kinds):
        sorts = tuple(_supertype(kind) for kind in kinds)

        def read_plain(values: Any, _: Any) -> Any:
            if tuple(map(type, values)) != sorts:
                raise TypeError(f"{values!r} is no {cls.__name__}")
            return cls(*values)

        return read_plain
    readers = [(converter.get_structure_hook(kind), kind) for kind in kinds]
    return lambda values, _: cls(*(read(value, kind) for (read, kind), value in zip(readers, values, strict=True)))


def _supertype(kind: Any) -> Any:
    return getattr(kind, "__supertype__", kind)


def _is_plain(kind: Any) -> bool:
    base = _supertype(kind)
    return base in _PLAIN or (isinstance(base, type) and issubclass(base, str) and issubclass(base, Enum))
