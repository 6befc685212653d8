"""Stock is read, checked by the program and written back as a number: two buyers of the last unit both pass the check.

Seen in saleor/saleor#543 and medusajs/medusa#16569.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing

import attrs

from omscore.errors import StockShortError
from omscore.ports.storage import Commit
from omscore.quantities import StockState
from tests.naive.through import Through

_WRITE = "UPDATE stock_levels SET sellable = ?, reserved = ? WHERE sku = ? AND location = ? AND pool = ?"


class ReadCheckWrite(Through):
    """A guard in the program instead of one in the statement."""

    def commit(self, commit: Commit) -> str:
        takes = [move for move in commit.moves if move.origin.state is StockState.SELLABLE]
        if not takes:
            return super().commit(commit)
        levels = {level.sku: level for level in self._store.stock([move.sku for move in takes])}
        if any(levels[move.sku].sellable < move.units for move in takes):
            raise StockShortError("sold out")
        answer = super().commit(attrs.evolve(commit, moves=()))
        with closing(sqlite3.connect(self._store._settings.path, timeout=30)) as connection, connection:
            for move in takes:
                level = levels[move.sku]
                units = (level.sellable - move.units, level.reserved + move.units)
                connection.execute(_WRITE, (*units, level.sku, level.location, level.pool))
        return answer
