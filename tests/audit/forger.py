"""Changes a database file behind the back of the shop: crudely, or with the seals and records made to fit again."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any

from omscore.codec import Codec
from omscore.engine.contexts import BY_PREFIX, EVENTS
from omscore.ports.storage import EventRecord, chained
from omscore.quantities import StockState, net_changes
from omscore_adapters.storage_sqlite import PROVIDER, SqliteSettings

CODEC = Codec(EVENTS)
Body = dict[str, Any]


class Fit(Enum):
    """How much of a stream agrees with a changed event."""

    NOTHING = "nothing"
    SEALS = "the seals"
    ALL = "the seals, the record and its index entries"


class Forger:
    """One database file, opened without any of its guards."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._connection = sqlite3.connect(database, isolation_level=None)
        self._connection.execute("PRAGMA ignore_check_constraints = ON")

    def checkpoint(self) -> str:
        """The digest of a new checkpoint, taken as the shop does."""
        with PROVIDER.open(SqliteSettings(path=self._database, synchronous="normal")) as storage:
            digest: str = storage.checkpoint(datetime(2026, 3, 9, tzinfo=UTC)).digest
        return digest

    def close(self) -> None:
        self._connection.close()

    def sql(self, statement: str, *parameters: object) -> int:
        """The number of rows changed; at least one must be, or the forgery would prove nothing."""
        changed = self._connection.execute(statement, parameters).rowcount
        assert changed > 0, statement
        return changed

    def rows(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        return self._connection.execute(statement, parameters).fetchall()

    def event(self, stream: str, version: int, change: Callable[[Body], object], *, fit: Fit = Fit.ALL) -> None:
        """Change the body of one event, and what else is to fit it."""
        ((text,),) = self.rows("SELECT body FROM events WHERE stream = ? AND version = ?", stream, version)
        body = json.loads(text)
        change(body)
        changed = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
        assert changed != text
        self.sql("UPDATE events SET body = ? WHERE stream = ? AND version = ?", changed, stream, version)
        if fit is not Fit.NOTHING:
            self.seal(stream)
        if fit is Fit.ALL:
            self.restate(stream)

    def version_of(self, stream: str, name: str) -> int:
        """The version of the last event of that name."""
        ((version,),) = self.rows("SELECT max(version) FROM events WHERE stream = ? AND name = ?", stream, name)
        return int(version)

    def drop_last(self, stream: str) -> None:
        """Take the last event away and make everything fit again."""
        ((version,),) = self.rows("SELECT version FROM streams WHERE stream = ?", stream)
        self.sql("DELETE FROM events WHERE stream = ? AND version = ?", stream, version)
        self.seal(stream)
        self.restate(stream)

    def vanish(self, stream: str) -> None:
        """Take a whole stream away, with its place in the index."""
        self._connection.execute("DELETE FROM index_entries WHERE stream = ?", (stream,))
        self.sql("DELETE FROM events WHERE stream = ?", stream)
        self.sql("DELETE FROM streams WHERE stream = ?", stream)

    def close_gaps(self) -> None:
        """Number what is left without gaps, as if nothing had ever been taken away."""
        for table, number in (("streams", "id"), ("events", "seq")):
            rows = self.rows(f"SELECT {number} FROM {table} ORDER BY {number}")  # noqa: S608 (names above)
            for at, (old,) in enumerate(rows, 1):
                if at != old:
                    self.sql(f"UPDATE {table} SET {number} = ? WHERE {number} = ?", at, old)  # noqa: S608

    def seal(self, stream: str) -> None:
        """Seal the log of a stream anew."""
        chain, version = "", 0
        rows = self.rows("SELECT seq, version, name, at, body FROM events WHERE stream = ? ORDER BY version", stream)
        for seq, version, name, at, body in rows:  # noqa: B007
            chain = chained(chain, EventRecord(name, datetime.fromisoformat(at), body))
            self.sql("UPDATE events SET chain = ? WHERE seq = ?", chain, seq)
        self.sql("UPDATE streams SET chain = ?, version = ? WHERE stream = ?", chain, version, stream)

    def restate(self, stream: str) -> None:
        """Write the record and its index entries that the log gives."""
        context = BY_PREFIX[stream.partition("/")[0]]
        state: Any = None
        for event in self.events(stream):
            state = context.evolve(state, event)
        self.sql("UPDATE streams SET state = ? WHERE stream = ?", CODEC.text(state), stream)
        self._connection.execute("DELETE FROM index_entries WHERE stream = ?", (stream,))
        for entry in context.listed(state):
            self.sql("INSERT INTO index_entries (name, key, sort, stream) VALUES (?, ?, ?, ?)", *entry, stream)

    def restock(self) -> None:
        """Write the stock rows that the moves of the log sum to."""
        moves = []
        for (stream,) in self.rows("SELECT stream FROM streams"):
            for event in self.events(stream):
                if hasattr(event, "moves"):
                    moves.extend(event.moves())
        self.sql("DELETE FROM stock_levels")
        touched = [(move.sku, place) for move in moves for place in (move.origin, move.target) if place.location]
        rows: dict[tuple[str, str, str], dict[StockState, int]] = {
            (sku, place.location, place.pool): {} for sku, place in touched
        }
        for (sku, location, pool, state), units in net_changes(moves).items():
            rows.setdefault((sku, location, pool), {})[state] = units
        for row, units_by_state in rows.items():
            units_of = [units_by_state.get(state, 0) for state in StockState]
            self.sql("INSERT INTO stock_levels VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", *row, *units_of)

    def events(self, stream: str) -> list[Any]:
        """The events of a stream, decoded."""
        rows = self.rows("SELECT name, at, body FROM events WHERE stream = ? ORDER BY version", stream)
        return [CODEC.event(name, datetime.fromisoformat(at), body) for name, at, body in rows]

    def record(self, stream: str) -> Any:
        """The stored record of a stream."""
        ((text,),) = self.rows("SELECT state FROM streams WHERE stream = ?", stream)
        return CODEC.record(text, BY_PREFIX[stream.partition("/")[0]].state)

    def overwrite_page_of(self, table: str) -> None:
        """Write nonsense over the first page of a table, as a failing disk does."""
        ((page,),) = self.rows("SELECT rootpage FROM sqlite_schema WHERE name = ?", table)
        ((size,),) = self.rows("PRAGMA page_size")
        self.rows("PRAGMA wal_checkpoint(TRUNCATE)")
        with self._database.open("r+b") as file:
            file.seek((page - 1) * size)
            file.write(b"\xee" * size)
