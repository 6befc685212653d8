"""What PostgreSQL's errors mean to a caller who knows orders, not database engines."""

from __future__ import annotations

import json
from typing import Any, Final

import psycopg

from omscore.errors import ConflictError, DamageError, InputError, OmsError, PortTransientError, SetupError
from omscore.ports.storage import Commit
from omscore_adapters.storage_common import (
    claim_conflict,
    key_reused,
    stale_settlement,
    text_refused,
    units_refused,
    version_conflict,
)
from omscore_adapters.storage_postgres import functions

Failure = (psycopg.Error, UnicodeEncodeError, OverflowError)
"""Everything psycopg raises for a statement or its parameters."""

OUTRUN: Final = frozenset({"40001", "40P01", "55P03"})
_UNITS: Final = frozenset({"22003", "23514"})
_SETUP_CLASSES: Final = frozenset({"28", "3D", "3F", "42"})
_DAMAGED: Final = frozenset({"XX001", "XX002", "58030"})


def is_outrun(error: BaseException) -> bool:
    """Whether somebody else's locks were in the way, so that the whole of it may be tried again."""
    return getattr(error, "sqlstate", None) in OUTRUN


def is_lost(error: BaseException) -> bool:
    """Whether the connection broke, so that nobody knows what became of the statement on its way."""
    if not isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return False
    state = error.sqlstate
    return state is None or state[:2] == "08" or state[:3] == "57P"


def failure(error: BaseException) -> OmsError:
    """The typed error for something psycopg raised.

    >>> type(failure(UnicodeEncodeError("utf-8", "x", 0, 1, "surrogates not allowed"))).__name__
    'InputError'
    """
    if isinstance(error, UnicodeEncodeError):
        return text_refused(error.reason)
    if isinstance(error, OverflowError):
        return units_refused(error)
    if is_lost(error):
        return PortTransientError(f"the connection to the database was lost ({_first_line(error)}); try again")
    return coded(getattr(error, "sqlstate", None) or "", _first_line(error))


def coded(code: str, says: str) -> OmsError:
    """The typed error for one of PostgreSQL's own codes."""
    if code in OUTRUN:
        return ConflictError(f"the store is busy ({says}); retry in a moment", code="conflict.busy")
    if code in _UNITS:
        return units_refused(says)
    if code in ("22P05", "22021"):
        return text_refused(says)
    if code[:2] == "54":
        return InputError(f"a text is larger than the store can hold ({says}); shorten it", code="input.text")
    if code == "25006":
        return SetupError(f"storage.postgres does not allow this ({says}); check read_only and what the server is")
    if code[:2] in _SETUP_CLASSES:
        return SetupError(
            f"storage.postgres does not allow this ({says}); check dsn, schema and the rights of its user"
        )
    if code in _DAMAGED:
        return DamageError(f"the store cannot be read ({says}); run the audit, then restore a backup")
    if code[:2] in ("22", "23"):
        return InputError(f"the store refused a row: {says}")
    return PortTransientError(f"the store did not take it and nothing changed ({says}); try again later")


def refusal(code: str, detail: str, commit: Commit) -> OmsError:
    """The port's error for what a commit was refused with inside the server, a stock shortfall aside."""
    if code == functions.KEY_REUSED:
        return key_reused(commit.command_key or "")
    if code == functions.STALE_VERSION:
        return version_conflict(*_detail(detail))
    if code == functions.CLAIM_TAKEN:
        return claim_conflict(*_detail(detail))
    if code == functions.STALE_ATTEMPT:
        task_id, attempt, *_ = _detail(detail)
        stale = (each for each in commit.settlements if (each.task_id, each.attempt) == (task_id, attempt))
        return stale_settlement(next(stale))
    return coded(code, detail)


def _detail(text: str) -> Any:
    return json.loads(text)


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0] or type(error).__name__
