"""Derived rows written anew as an audit found they must be, inside a transaction somebody else has begun."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import assert_never

from omscore.ports.repairs import ClaimCure, Cure, EntryCure, StateCure, StockCure
from omscore.ports.storage import StockLevel
from omscore_adapters.storage_common import outrun_repair
from omscore_adapters.storage_sqlite import statements as sql
from omscore_adapters.storage_sqlite.seals import row_seal


def mend(cursor: sqlite3.Cursor, cures: Sequence[Cure]) -> None:
    """Raises: ConflictError when a row is not as it was found."""
    for cure in cures:
        match cure:
            case StateCure():
                if cursor.execute(sql.MEND_STATE, (cure.state, cure.stream, cure.version)).rowcount != 1:
                    raise outrun_repair(cure.stream)
            case StockCure():
                _mend_level(cursor, cure)
            case EntryCure():
                row = cursor.execute(sql.VERSION, (cure.stream,)).fetchone()
                if (row[0] if row else 0) != cure.version:
                    raise outrun_repair(cure.stream)
                cursor.execute(sql.LIST if cure.is_listed else sql.UNLIST, (*cure.entry, cure.stream))
            case ClaimCure():
                row = cursor.execute(sql.CLAIMED, (cure.name,)).fetchone()
                if (row[0] if row else None) != cure.was:
                    raise outrun_repair(cure.name)
                cursor.execute(sql.DROP_CLAIM, (cure.name,))
                if cure.becomes is not None:
                    cursor.execute(sql.NEW_CLAIM, (cure.name, cure.becomes, row_seal(cure.name, cure.becomes)))
            case _:
                assert_never(cure)


def _mend_level(cursor: sqlite3.Cursor, cure: StockCure) -> None:
    level = cure.was or cure.becomes
    if level is None:
        return
    row = cursor.execute(sql.LEVEL, level[:3]).fetchone()
    if (StockLevel(*level[:3], *row) if row else None) != cure.was:
        raise outrun_repair(f"{level.sku} at {level.location}/{level.pool}")
    cursor.execute(sql.DROP_LEVEL, level[:3])
    if cure.becomes is not None:
        cursor.execute(sql.NEW_LEVEL, cure.becomes)
