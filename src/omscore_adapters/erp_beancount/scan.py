"""What a file of books holds: which entries are booked, when the accounts open, and where a torn tail begins.

Only what this library wrote is ever cut off, and only at the very end: people may add lines of their own between the
transactions.
"""

from __future__ import annotations

import io
import re
from datetime import date

import attrs

from omscore.errors import DamageError
from omscore.ports.erp import Account
from omscore.records import frozen
from omscore_adapters.erp_beancount.mapping import FIRST_LINE, unquoted

_MARK = "; entry "
_SEAL = "; end "
_ENTRY_ID = re.compile(r'  entry-id: ("(?:[^"\\]|\\.)*")\s*')
_OPEN = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}) open ([A-Za-z:]+)\b", re.ASCII)
_OWN_LINE = re.compile(r'[0-9]{4}-[0-9]{2}-[0-9]{2} \* "|  (?:entry-id: |[A-Z])', re.ASCII)


@frozen(kw_only=True)
class Books:
    """The state of a file.

    Units: `sound_bytes` is how much of it to keep; the rest is a transaction torn by a crash.
    """

    booked: frozenset[str]
    opened: dict[Account, date]
    sound_bytes: int


@attrs.define
class _OpenEntry:
    """A transaction whose end was not seen yet; `foreign_line` is the first line in it that somebody else wrote."""

    starts_at: int
    name: str = ""
    foreign_line: int = 0


def scan(content: bytes) -> Books:
    """The state of a file of books from its bytes.

    Raises: DamageError naming the line when it is not a file of ours, is no UTF-8, or has an unsealed transaction
    that is not its torn end.
    """
    booked: set[str] = set()
    opened: dict[Account, date] = {}
    open_entry: _OpenEntry | None = None
    position = 0
    for number, raw in enumerate(io.BytesIO(content), start=1):
        whole = raw.endswith(b"\n")
        line = _text(raw, number, whole=whole).removesuffix("\n").removesuffix("\r")
        if number == 1 and line != FIRST_LINE:
            raise DamageError(
                "line 1 does not say that these are books of omscore; give the path of a new file", line=1
            )
        if line.startswith(_MARK) and open_entry is not None:
            raise _unfinished(number)
        if open_entry is None and (line.startswith(_MARK) or (not whole and line and _MARK.startswith(line))):
            open_entry = _OpenEntry(position)
        elif line.startswith(_SEAL) and whole and open_entry is not None:
            if not open_entry.name:
                raise DamageError(f"line {number} ends a transaction that names no entry; correct it", line=number)
            booked.add(open_entry.name)
            open_entry = None
        elif found := _ENTRY_ID.fullmatch(line):
            if open_entry is None:
                booked.add(unquoted(found[1]))
            else:
                open_entry.name = unquoted(found[1])
        elif open_entry is not None:
            if whole and _OWN_LINE.match(line) is None:
                open_entry.foreign_line = open_entry.foreign_line or number
        elif found := _OPEN.match(line):
            _note_opening(opened, found, number)
        position += len(raw)
    if open_entry is None:
        return Books(booked=frozenset(booked), opened=opened, sound_bytes=position)
    if open_entry.foreign_line:
        raise _unfinished(open_entry.foreign_line)
    return Books(booked=frozenset(booked), opened=opened, sound_bytes=open_entry.starts_at)


def _unfinished(number: int) -> DamageError:
    return DamageError(
        f"line {number} stands inside a transaction that was never finished (no `; end` line); move it or complete the"
        " transaction by hand",
        line=number,
    )


def _note_opening(opened: dict[Account, date], found: re.Match[str], number: int) -> None:
    if found[2] not in set(Account):
        return  # an account the shop added by hand
    try:
        opened[Account(found[2])] = date.fromisoformat(found[1])
    except ValueError as error:
        raise DamageError(f"line {number}: {found[1]} is not a day; correct it by hand", line=number) from error


def _text(raw: bytes, number: int, *, whole: bool) -> str:
    try:
        # A torn last line may end within a character.
        return raw.decode("utf-8", "strict" if whole else "replace")
    except UnicodeDecodeError as error:
        raise DamageError(f"line {number} is not UTF-8 text; correct it by hand", line=number) from error
