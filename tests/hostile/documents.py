"""One good document of every public command, and the way back from a command to its document."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, cast

import attrs

GOOD: dict[str, dict[str, Any]] = {
    document["command"]: document
    for document in map(json.loads, (Path(__file__).parent / "commands.jsonl").read_text(encoding="utf-8").splitlines())
}
"""A good document by the name of its command."""


def document_of(command: Any) -> dict[str, Any]:
    """The document that tells a command, every field spelled out."""
    return {"command": type(command).__name__, **cast(dict[str, Any], _told(command))}


def _told(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):  # a moment is one too
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if attrs.has(type(value)):
        return {field.name: _told(getattr(value, field.name)) for field in attrs.fields(type(value))}
    if hasattr(value, "_fields"):
        return {name: _told(each) for name, each in zip(value._fields, value, strict=True)}
    if isinstance(value, tuple):
        return [_told(each) for each in value]
    return value
