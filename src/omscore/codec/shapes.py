"""What a record is made of, read from its type hints once: the one source of how it is written and read."""

from __future__ import annotations

import types
from typing import Any, NamedTuple, NewType, Union, cast, get_args, get_origin, get_type_hints

import attrs

REQUIRED: Any = object()
"""Stands for the default of a field that has none."""


class Field(NamedTuple):
    """One field of a record: its name in the text, its argument, its type, and the default at which it is left out."""

    name: str
    argument: str
    kind: Any
    default: Any = REQUIRED


def fields_of(cls: type[Any]) -> tuple[Field, ...]:
    """The fields of an attrs record or a named tuple, in order."""
    hints = get_type_hints(cls)
    if is_named_tuple(cls):
        return tuple(Field(name, name, hints[name]) for name in cls._fields)
    return tuple(
        Field(field.name, field.alias or field.name, hints[field.name], _default(field.default))
        for field in attrs.fields(cast(Any, cls))
        if field.init
    )


def _default(default: Any) -> Any:
    if default is attrs.NOTHING:
        return REQUIRED
    return default.factory() if isinstance(default, attrs.Factory) else default  # type: ignore[arg-type]


def plain_kind(kind: Any) -> Any:
    """The type behind a `NewType`."""
    return plain_kind(kind.__supertype__) if isinstance(kind, NewType) else kind


def optional_of(kind: Any) -> Any:
    """The type T of `T | None`; None for any other type."""
    if get_origin(kind) in (Union, types.UnionType):
        inner = [each for each in get_args(kind) if each is not type(None)]
        if len(inner) == 1:
            return inner[0]
    return None


def is_named_tuple(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, tuple) and hasattr(kind, "_fields")
