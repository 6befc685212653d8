"""What is said of a configuration that does not fit: where it is wrong, what is there and what would be right."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, cast

import attrs
from cattrs.errors import (
    AttributeValidationNote,
    BaseValidationError,
    ClassValidationError,
    ForbiddenExtraKeysError,
    IterableValidationNote,
)

from omscore.errors import InputError, SetupError


class WrongSortError(Exception):
    """A value that is not of the sort its field is declared as. Shape: `wanted` says what would be."""

    def __init__(self, wanted: str, value: Any) -> None:
        super().__init__(wanted, value)
        self.wanted, self.value = wanted, value


HIDDEN = object()
"""Stands for a value that may be a secret, and is therefore not shown."""

MAX_WHOLE = 10**15
"""No whole number of a configuration reaches this in either direction."""

_WORDS: dict[type[Any], str] = {
    str: "text",
    int: "the number",
    float: "the number",
    bool: "the answer",
    list: "a list",
    dict: "a table",
}


def complaint(error: Exception, where: str) -> SetupError:
    """What to say of the first thing that is wrong: what is unknown, then the fields in their order."""
    if isinstance(error, BaseValidationError):
        unknown = [each for each in error.exceptions if isinstance(each, ForbiddenExtraKeysError)]
        if unknown:
            return _unknown(unknown[0], where)
        first = error.exceptions[0]
        name = next((str(note) for each in getattr(first, "__notes__", ()) if (note := _step(each)) is not None), None)
        if isinstance(error, ClassValidationError) and isinstance(first, KeyError) and name is not None:
            path = _at(where, name)
            return SetupError(f"required field missing @ {path}; add it", code="setup.missing", path=path)
        return complaint(first, where if name is None else _at(where, name))
    if isinstance(error, WrongSortError) and error.value is HIDDEN:
        return SetupError(f"{where} must be {error.wanted}", code="setup.wrong", path=where)
    if isinstance(error, WrongSortError):
        shown = f"{_WORDS.get(type(error.value), type(error.value).__name__)} {_shown(error.value)}"
        return SetupError(f"{where} must be {error.wanted}, not {shown}", code="setup.wrong", path=where)
    if isinstance(error, InputError):
        code = error.code if error.code.startswith("setup.") else "setup"
        return SetupError(f"{where or 'shop'}: {error}", code=code, path=where)
    raise error


def _shown(value: Any) -> str:
    """A value in a message, shortened."""
    if type(value) is int and not -MAX_WHOLE < value < MAX_WHOLE:
        return "of more than fifteen digits"
    try:
        text = repr(value)
    except ValueError:  # a number too long to be written, somewhere inside
        return "with a number of more than fifteen digits"
    if isinstance(value, dict | list):  # what lies inside may be a secret
        return f"with {', '.join(map(str, value)) or 'no keys'}" if isinstance(value, dict) else f"of {len(value)}"
    return text if len(text) <= 200 else f"{text[:200]}..."


def _unknown(error: ForbiddenExtraKeysError, where: str) -> SetupError:
    name = min(map(str, error.extra_fields))
    path = _at(where, name)
    known = [field.name for field in attrs.fields(cast(Any, error.cl)) if field.init]
    close = get_close_matches(name, known, n=1, cutoff=0.8)
    meant = f"did you mean {close[0]}? " if close else ""
    return SetupError(
        f"{path} is not known; {meant}the fields here are {', '.join(known)}", code="setup.unknown", path=path
    )


def _step(note: object) -> str | int | None:
    """The name or the number by which cattrs says where it was."""
    if isinstance(note, AttributeValidationNote):
        return note.name
    return note.index if isinstance(note, IterableValidationNote) else None


def _at(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name
