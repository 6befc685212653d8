"""The rows of an order are locked in the order its lines came in: two carts lock the same rows crosswise.

Seen in magento/magento2#39417 and django-oscar/django-oscar#4594.
"""

from __future__ import annotations

import attrs
import psycopg

from omscore.errors import StockShortError
from omscore.ports.storage import Commit
from omscore.quantities import StockState
from tests.naive.through import Through

_TAKE = """
    UPDATE stock_levels SET sellable = sellable - %s, reserved = reserved + %s
    WHERE sku = %s AND location = %s AND pool = %s AND sellable >= %s
"""


class UnsortedLocks(Through):
    """One statement a line, in the order told."""

    def commit(self, commit: Commit) -> str:
        takes = [(move, move.origin) for move in commit.moves if move.origin.state is StockState.SELLABLE]
        if not takes:
            return super().commit(commit)
        settings = self._store._settings
        with psycopg.connect(settings.dsn, options=f"-c search_path={settings.schema}") as connection:
            for move, place in takes:
                row = (move.units, move.units, move.sku, place.location, place.pool, move.units)
                if connection.execute(_TAKE, row).rowcount == 0:
                    raise StockShortError("sold out")
        return super().commit(attrs.evolve(commit, moves=()))
