"""Records to JSON text and back, for the store.

Defaults are left out, enums go by value, named tuples as lists, money as `[minor, currency]`, an amount with its
tax as `[net, tax, currency]`, moments in ISO form. An event is written under its class name, which is a promise: it
never changes meaning once it has been stored.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar, get_type_hints

import attrs
from cattrs import Converter
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from omscore.errors import DamageError
from omscore.money import Money, UnitPrice
from omscore.orders.amounts import Taxed
from omscore.orders.model import AgreedLine, LineQuantities, Order, OrderLine

R = TypeVar("R")

KEPT_LINES = 32_768
"""How many agreed lines are kept with their text."""

# One encoder for all: records are trees, so there is no cycle to look for.
_to_json = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, check_circular=False).encode


class Codec:
    """Writes and reads the records of one registry of event classes.

    Raises: DamageError for text that is no record of the class it claims to be.

    >>> import attrs
    >>> @attrs.frozen
    ... class Paid:
    ...     amount: Money
    ...     at: datetime
    >>> codec = Codec([Paid])
    >>> codec.event_body(Paid(Money(500, "EUR"), datetime(2026, 3, 1, tzinfo=UTC)))
    '{"amount":[500,"EUR"]}'
    """

    def __init__(self, events: Iterable[type[Any]]) -> None:
        self._converter = _converter()
        self._events: Mapping[str, type[Any]] = {cls.__name__: cls for cls in events}
        self._agreed: dict[int, tuple[AgreedLine, str]] = {}
        self._bodies: dict[type[Any], Callable[[Any], Any]] = {}
        for cls in self._events.values():
            # The moment of an event has a column of its own.
            self._bodies[cls] = make_dict_unstructure_fn(
                cls, self._converter, _cattrs_omit_if_default=True, at=override(omit=True)
            )

    def text(self, record: object) -> str:
        """A record as JSON text."""
        if isinstance(record, Order):
            return self._order_text(record)
        return _to_json(self._converter.unstructure(record))

    def _order_text(self, order: Order) -> str:
        """An order is written at every step of its life; what was agreed on its lines is turned into text only once.

        Holds: the text is that of the plain way (`tests/engine/test_codec.py`).
        """
        shell = _to_json(self._converter.unstructure(attrs.evolve(order, lines=())))
        return shell.replace('"lines":[]', f'"lines":[{",".join(map(self._line_text, order.lines))}]', 1)

    def _line_text(self, line: OrderLine) -> str:
        agreed = line.agreed
        kept = self._agreed.get(id(agreed))
        if kept is None or kept[0] is not agreed:
            if len(self._agreed) >= KEPT_LINES:
                self._agreed.clear()
            # The line itself is kept beside its text, so that its id cannot be another's.
            kept = self._agreed[id(agreed)] = (agreed, _to_json(self._converter.unstructure(agreed)))
        counts = _counts_text(line.quantities)
        in_return = f',"in_return":{line.in_return}' if line.in_return else ""
        return f'{{"agreed":{kept[1]},"quantities":{counts}{in_return}}}'

    def content(self, record: object, *, leave_out: frozenset[str]) -> str:
        """A record as JSON text in key order without some of its fields, to tell equal wishes from different ones."""
        fields = self._converter.unstructure(record)
        kept = {name: value for name, value in fields.items() if name not in leave_out}
        return json.dumps([type(record).__name__, kept], separators=(",", ":"), ensure_ascii=False, sort_keys=True)

    def record(self, text: str, kind: type[R]) -> R:
        """The record back from its text."""
        try:
            return self._converter.structure(json.loads(text), kind)
        except Exception as error:
            raise DamageError(f"stored text is no {kind.__name__}: {error!r}", code="damage.record") from error

    def event_body(self, event: object) -> str:
        """An event as JSON text, its moment left out."""
        return _to_json(self._bodies[type(event)](event))

    def event(self, name: str, at: datetime, body: str) -> Any:
        """The event back from its name, moment and body."""
        cls = self._events.get(name)
        if cls is None:
            raise DamageError(
                f"no event is called {name!r}; was it written by a newer version?", code="damage.event_name"
            )
        try:
            fields = json.loads(body)
            fields["at"] = at
            return self._converter.structure(fields, cls)
        except Exception as error:
            raise DamageError(f"stored text is no {name}: {error!r}", code="damage.event") from error


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


@lru_cache(maxsize=8_192)
def _counts_text(quantities: LineQuantities) -> str:
    """Most lines share a few counts (all of 1, 2, 12 units shipped)."""
    counts = attrs.asdict(quantities)
    return _to_json({state: units for state, units in counts.items() if units})


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
