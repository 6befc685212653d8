"""The rows of a store in memory and one commit applied to them: checks before writes in each table, stock last."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from operator import add

from omscore.ports.storage import (
    Checkpoint,
    CheckpointSeal,
    Commit,
    Head,
    StockLevel,
    StoredAnswer,
    StoredEvent,
    StoredStream,
    StreamChange,
    TaskState,
    chained,
)
from omscore.quantities import Move
from omscore_adapters.storage_common import (
    MOST_UNITS,
    Shortfall,
    StockRow,
    checked,
    claim_conflict,
    key_reused,
    shortfalls,
    stock_changes,
    stock_short,
    units_refused,
    utc,
    version_conflict,
)
from omscore_adapters.storage_memory.tasks import TaskTable
from omscore_adapters.storage_memory.undo import UndoLog


class Tables:
    """Every row there is. Rows are replaced, never changed, and always through the undo log."""

    def __init__(self) -> None:
        self.undo = UndoLog()
        self.streams: dict[str, StoredStream] = {}
        self.events: list[StoredEvent] = []
        self.events_of: dict[str, list[StoredEvent]] = {}
        self.stock: dict[str, dict[tuple[str, str], StockLevel]] = {}
        self.tasks = TaskTable(self.undo)
        self.answers: dict[str, StoredAnswer] = {}
        self.claims: dict[str, str] = {}
        self.index: dict[tuple[str, str], dict[tuple[str, str], None]] = {}
        self.vault: dict[str, dict[str, str]] = {}
        self.checkpoints: list[Checkpoint] = []
        self.heads: list[Head] = []
        self.health: dict[str, str] = {}
        self._sealed: dict[str, int] = {}

    def copy(self) -> Tables:
        """The same rows in tables of their own."""
        made = Tables()
        made.streams = dict(self.streams)
        made.events = list(self.events)
        made.events_of = {stream: list(log) for stream, log in self.events_of.items()}
        made.stock = {sku: dict(levels) for sku, levels in self.stock.items()}
        made.tasks = self.tasks.copy(made.undo)
        made.answers = dict(self.answers)
        made.claims = dict(self.claims)
        made.index = {key: dict(lines) for key, lines in self.index.items()}
        made.vault = {person: dict(documents) for person, documents in self.vault.items()}
        made.checkpoints = list(self.checkpoints)
        made.heads = list(self.heads)
        made.health = dict(self.health)
        return made

    def levels_of(self, sku: str) -> list[StockLevel]:
        """By location, then pool."""
        levels = self.stock.get(sku, {})
        return [levels[place] for place in sorted(levels)]

    def write(self, commit: Commit) -> str:
        """The answer now remembered; half a commit may be written when this raises, for the caller to undo."""
        key = commit.command_key
        if key is not None:
            used = self.answers.get(key)
            if used is not None:
                if used.fingerprint != commit.fingerprint:
                    raise key_reused(key)
                return used.answer
        checked(commit)
        if key is not None:
            self.undo.put(self.answers, key, StoredAnswer(commit.fingerprint, commit.answer))
        for seen in commit.unchanged:
            self._check_version(seen.stream, seen.version)
        for change in commit.changes:
            self._write_stream(change)
        for claim in commit.claims:
            holder = self.claims.get(claim.name, claim.stream)
            if holder != claim.stream:
                raise claim_conflict(claim.name, holder)
            self.undo.put(self.claims, claim.name, claim.stream)
        for settlement in commit.settlements:
            self.tasks.settle(settlement)
        for request in commit.tasks:
            self.tasks.add(request)
        for document in commit.vault:
            self.undo.put(self.vault.setdefault(document.person_id, {}), document.name, document.body)
        self._move_stock(commit.moves)
        return commit.answer

    def erase(self, person_id: str) -> int:
        """The number of documents removed."""
        documents = self.vault.get(person_id, {})
        removed = len(documents)
        for name in tuple(documents):
            self.undo.drop(documents, name)
        return removed

    def checkpoint(self, at: datetime) -> Checkpoint:
        """A new one over the streams that changed since the last; the last one when none did."""
        changed = sorted(name for name, row in self.streams.items() if self._sealed.get(name) != row.version)
        if not changed and self.checkpoints:
            return self.checkpoints[-1]
        number, previous = len(self.checkpoints) + 1, self.checkpoints[-1].digest if self.checkpoints else ""
        answers, claims = len(self.answers), len(self.claims)
        seal = CheckpointSeal(previous=previous, number=number, at=at, answers=answers, claims=claims)
        for name in changed:
            row = self.streams[name]
            head = Head(number, name, row.version, row.chain)
            seal.add(head)
            self.undo.append(self.heads, head)
            self.undo.put(self._sealed, name, row.version)
        made = Checkpoint(number, at, seal.heads, answers, claims, seal.digest())
        self.undo.append(self.checkpoints, made)
        return made

    def counts(self) -> dict[str, int]:
        return {
            "streams": len(self.streams),
            "events": len(self.events),
            "answers": len(self.answers),
            "claims": len(self.claims),
            "people": sum(1 for documents in self.vault.values() if documents),
            **{f"tasks.{state}": self.tasks.count(state) for state in TaskState},
        }

    def _write_stream(self, change: StreamChange) -> None:
        name = change.stream
        version, chain = self._check_version(name, change.expected_version)
        log = self.events_of.setdefault(name, [])
        for record in change.events:
            version += 1
            written = record._replace(at=utc(record.at))
            chain = chained(chain, written)
            event = StoredEvent(len(self.events) + 1, name, version, *written, chain)
            self.undo.append(self.events, event)
            self.undo.append(log, event)
        self.undo.put(self.streams, name, StoredStream(name, version, change.state, chain))
        for entry in change.unlisted:
            self.undo.drop(self.index.get((entry.name, entry.key), {}), (entry.sort, name))
        for entry in change.listed:
            self.undo.put(self.index.setdefault((entry.name, entry.key), {}), (entry.sort, name), None)

    def _check_version(self, name: str, expected: int) -> tuple[int, str]:
        """The version and the seal of a stream. Raises: ConflictError when it is not at the version expected."""
        _, version, _, chain = self.streams.get(name) or StoredStream(name, 0, "", "")
        if version != expected:
            raise version_conflict(name, expected, version)
        return version, chain

    def _move_stock(self, moves: Sequence[Move]) -> None:
        takes, gives = stock_changes(moves)
        short: list[Shortfall] = []
        levels: list[StockLevel] = []
        for row, change in (*takes, *gives):
            there = self._level(row)[3:]
            units = tuple(map(add, there, change))
            if min(units) < 0:
                short += shortfalls(row, change, there)
            if max(units) > MOST_UNITS:
                raise units_refused(f"{max(units)} units of {row[0]} at {row[1]}/{row[2]}")
            levels.append(StockLevel(*row, *units))
        if short:
            raise stock_short(short)
        for level in levels:
            self.undo.put(self.stock.setdefault(level.sku, {}), (level.location, level.pool), level)

    def _level(self, row: StockRow) -> StockLevel:
        return self.stock.get(row[0], {}).get(row[1:]) or StockLevel(*row)
