"""Derived rows written anew as an audit found they must be, all in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, assert_never

from omscore.ports.repairs import ClaimCure, Cure, EntryCure, StateCure, StockCure
from omscore_adapters.storage_common import outrun_repair
from omscore_adapters.storage_postgres import statements as sql
from omscore_adapters.storage_postgres.connections import Connection


def mend(connection: Connection, cures: Sequence[Cure]) -> None:
    """Raises: ConflictError when a row is not as it was found."""
    with connection.transaction():
        for cure in cures:
            _mend(connection, cure)


def _mend(connection: Connection, cure: Cure) -> None:
    match cure:
        case StateCure():
            if _row(connection, sql.MEND_STATE, cure.state, cure.stream, cure.version) is None:
                raise outrun_repair(cure.stream)
        case StockCure():
            _mend_level(connection, cure)
        case EntryCure():
            row = _row(connection, sql.VERSION, cure.stream)
            if (row[0] if row else 0) != cure.version:
                raise outrun_repair(cure.stream)
            connection.execute(sql.LIST if cure.is_listed else sql.UNLIST, (*cure.entry, cure.stream))
        case ClaimCure():
            row = _row(connection, sql.HOLDER, cure.name)
            if (row[0] if row else None) != cure.was:
                raise outrun_repair(cure.name)
            connection.execute(sql.DROP_CLAIM, (cure.name,))
            if cure.becomes is not None:
                connection.execute(sql.NEW_CLAIM, (cure.name, cure.becomes))
        case _:
            assert_never(cure)


def _mend_level(connection: Connection, cure: StockCure) -> None:
    level = cure.was or cure.becomes
    if level is None:
        return
    if _row(connection, sql.LEVEL, *level[:3]) != cure.was:
        raise outrun_repair(f"{level.sku} at {level.location}/{level.pool}")
    connection.execute(sql.DROP_LEVEL, level[:3])
    if cure.becomes is not None:
        connection.execute(sql.NEW_LEVEL, cure.becomes)


def _row(connection: Connection, statement: Any, *parameters: object) -> tuple[Any, ...] | None:
    return connection.execute(statement, parameters).fetchone()
