"""The same figures for programs: what a command prints, as one JSON file."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import attrs
import click

from omscore.errors import SetupError
from omscore.money import Money

F = TypeVar("F", bound=Callable[..., Any])


def json_option(command: F) -> F:
    """Adds `--json FILE` to a command."""
    return click.option(
        "json_path",
        "--json",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Write the figures to FILE as JSON as well.",
    )(command)


def write_json(path: Path | None, figures: Any) -> None:
    """Writes the figures when a file was named; amounts become `{"amount": "12.34", "currency": "EUR"}`.

    Raises: SetupError when the file cannot be written.
    """
    if path is None:
        return
    text = json.dumps(figures, indent=2, default=plain, ensure_ascii=False)
    try:
        path.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise SetupError(f"cannot write {path}: {error.strerror}; give --json another file") from error


def plain(value: Any) -> Any:
    """One value JSON has no word for.

    >>> plain(Money(1234, "EUR"))
    {'amount': '12.34', 'currency': 'EUR'}
    """
    match value:
        case Money():
            return {"amount": str(value).partition(" ")[0], "currency": value.currency}
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date() | time():
            return value.isoformat()
        case Decimal() | Path():
            return str(value)
        case _ if attrs.has(type(value)):
            return {field.name: getattr(value, field.name) for field in attrs.fields(type(value))}
        case _:
            raise TypeError(f"{type(value).__name__} has no place in a report")
