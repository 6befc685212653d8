"""The page of commands names every command a caller may give, with all its fields, and nothing that is gone."""

from __future__ import annotations

import re
from pathlib import Path

import attrs

from omscore.engine.public import PUBLIC_COMMANDS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "commands.md"
_ROW = re.compile(r"^\| `(\w+)` \| ([^|]+) \|", flags=re.MULTILINE)


def told() -> dict[str, list[str]]:
    """The fields of each command as the page has them; those with a default in brackets."""
    page = PAGE.read_text(encoding="utf-8")
    return {name: fields.strip().replace("`", "").split(", ") for name, fields in _ROW.findall(page)}


def fields_of(command: type[object]) -> list[str]:
    """The fields a command has besides its moment; those with a default in brackets."""
    names = [(field.name, field.default is attrs.NOTHING) for field in attrs.fields(command)]  # type: ignore[arg-type]
    return [name if is_needed else f"[{name}]" for name, is_needed in names if name != "at"]


def test_the_page_of_commands_names_every_command_with_its_fields() -> None:
    assert told() == {command.__name__: fields_of(command) for command in sorted(PUBLIC_COMMANDS, key=_place)}


def _place(command: type[object]) -> int:
    """Where the page has the command: the order is the page's own."""
    return list(told()).index(command.__name__)
