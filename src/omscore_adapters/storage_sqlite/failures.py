"""What SQLite's errors mean to a caller who knows orders, not database engines."""

from __future__ import annotations

import sqlite3

from omscore.errors import (
    ConflictError,
    DamageError,
    InputError,
    OmsError,
    PortTransientError,
    PortUnknownError,
    SetupError,
)
from omscore_adapters.storage_common import text_refused, units_refused

Failure = (sqlite3.Error, UnicodeError, OverflowError)
"""Everything the sqlite3 module raises for a statement or its parameters; a damaged file may garble even its errors."""

_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_SETUP = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH)


def primary_code(error: BaseException) -> int:
    """The engine's primary result code, 0 when the error did not come from the engine."""
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF


def is_busy(error: BaseException) -> bool:
    """Whether another connection was in the way."""
    return primary_code(error) in _BUSY


def failure(error: BaseException, *, committing: bool = False) -> OmsError:
    """The typed error for something the sqlite3 module raised.

    Shape: `committing` says that a COMMIT was on its way, so that a failing disk leaves its outcome open.

    >>> type(failure(UnicodeEncodeError("utf-8", "x", 0, 1, "surrogates not allowed"))).__name__
    'InputError'
    """
    if isinstance(error, UnicodeEncodeError):
        return text_refused(error.reason)
    if isinstance(error, UnicodeDecodeError):
        return DamageError(f"the store cannot be read ({error.reason}); restore a backup")
    if isinstance(error, OverflowError):
        return units_refused(error)
    code = primary_code(error)
    if code in _BUSY:
        return ConflictError(f"the store is busy ({error}); retry in a moment", code="conflict.busy")
    if code in _DAMAGED or "decode to UTF-8" in str(error):
        return DamageError(f"the store cannot be read ({error}); run the audit, then restore a backup")
    if code in _SETUP:
        return SetupError(f"storage.sqlite does not allow this ({error}); check read_only and the rights on path")
    if code == sqlite3.SQLITE_TOOBIG:
        return InputError(f"a text is larger than the store can hold ({error}); shorten it", code="input.text")
    if code == sqlite3.SQLITE_CONSTRAINT:
        return units_refused(error) if "stock" in str(error) else InputError(f"the store refused a row: {error}")
    if committing and code != sqlite3.SQLITE_FULL:
        return PortUnknownError(f"the commit may or may not have been made ({error}); look its command key up")
    if isinstance(error, sqlite3.ProgrammingError) and "closed" in str(error):
        return SetupError("this store is closed; open it again", code="storage.closed")
    return PortTransientError(f"the store did not take it and nothing changed ({error}); try again later")
