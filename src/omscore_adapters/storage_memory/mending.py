"""Derived rows written anew as an audit found they must be, through the undo log like every other change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from omscore.ports.repairs import ClaimCure, Cure, EntryCure, StateCure, StockCure
from omscore_adapters.storage_common import outrun_repair
from omscore_adapters.storage_memory.tables import Tables


def mend(tables: Tables, cures: Sequence[Cure]) -> None:
    """Raises: ConflictError when a row is not as it was found."""
    for cure in cures:
        match cure:
            case StateCure():
                row = tables.streams.get(cure.stream)
                if row is None or row.version != cure.version:
                    raise outrun_repair(cure.stream)
                tables.undo.put(tables.streams, cure.stream, row._replace(state=cure.state))
            case StockCure():
                _mend_level(tables, cure)
            case EntryCure():
                _mend_entry(tables, cure)
            case ClaimCure():
                if tables.claims.get(cure.name) != cure.was:
                    raise outrun_repair(cure.name)
                tables.undo.drop(tables.claims, cure.name)
                if cure.becomes is not None:
                    tables.undo.put(tables.claims, cure.name, cure.becomes)
            case _:
                assert_never(cure)


def _mend_level(tables: Tables, cure: StockCure) -> None:
    level = cure.was or cure.becomes
    if level is None:
        return
    levels, place = tables.stock.setdefault(level.sku, {}), (level.location, level.pool)
    if levels.get(place) != cure.was:
        raise outrun_repair(f"{level.sku} at {level.location}/{level.pool}")
    tables.undo.drop(levels, place)
    if cure.becomes is not None:
        tables.undo.put(levels, place, cure.becomes)


def _mend_entry(tables: Tables, cure: EntryCure) -> None:
    row = tables.streams.get(cure.stream)
    if (row.version if row else 0) != cure.version:
        raise outrun_repair(cure.stream)
    name, key, sort = cure.entry
    lines = tables.index.setdefault((name, key), {})
    if cure.is_listed:
        tables.undo.put(lines, (sort, cure.stream), None)
    else:
        tables.undo.drop(lines, (sort, cure.stream))
