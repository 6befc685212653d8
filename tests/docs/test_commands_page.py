"""The page of commands names every command a caller may give, and what it is made of, with all fields of each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import attrs

import omscore
from omscore.engine.public import PUBLIC_COMMANDS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "commands.md"
_RECORDS = "## What commands are made of"
_ROW = re.compile(r"^\| `(\w+)` \| ([^|]+) \|", flags=re.MULTILINE)


def told(part: int = 0) -> dict[str, list[str]]:
    """The fields of each command, or of each record, as the page has them; those with a default in brackets."""
    text = PAGE.read_text(encoding="utf-8").split(_RECORDS)[part]
    return {name: fields.strip().replace("`", "").split(", ") for name, fields in _ROW.findall(text)}


def named(record: Any) -> list[str]:
    """All fields of a record; those with a default in brackets."""
    if hasattr(record, "_fields"):
        return [f"[{name}]" if name in record._field_defaults else name for name in record._fields]
    return [field.name if field.default is attrs.NOTHING else f"[{field.name}]" for field in attrs.fields(record)]


def fields_of(command: type[object]) -> list[str]:
    """The fields a command has besides its moment; those with a default in brackets."""
    return [name for name in named(command) if name != "at"]


def inside(kind: Any) -> Iterator[type[object]]:
    """The records a type speaks of, with those inside them."""
    for part in get_args(kind):
        yield from inside(part)
    if isinstance(kind, type) and (attrs.has(kind) or hasattr(kind, "_fields")):
        yield kind
        for part in get_type_hints(kind).values():
            yield from inside(part)


def records() -> set[type[object]]:
    """What a caller puts into commands; what has no public name is filled in by the engine."""
    parts = {part for command in PUBLIC_COMMANDS for kind in get_type_hints(command).values() for part in inside(kind)}
    return {part for part in parts if part.__name__ in omscore.__all__}


def test_the_page_of_commands_names_every_command_with_its_fields() -> None:
    assert told() == {command.__name__: fields_of(command) for command in sorted(PUBLIC_COMMANDS, key=_place)}


def test_the_page_names_every_record_that_commands_are_made_of_with_its_fields() -> None:
    filled_in = [name for name in named(omscore.Package) if name.startswith("[")]
    fields = {record.__name__: named(record) for record in records()}
    assert filled_in
    fields["Package"] = [name for name in fields["Package"] if name not in filled_in]
    assert told(1) == fields


def _place(command: type[object]) -> int:
    """Where the page has the command: the order is the page's own."""
    return list(told()).index(command.__name__)
