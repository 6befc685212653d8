"""What a store should hold, worked out the plainest way: whole dictionaries, copied before every commit."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from omscore.errors import CommandKeyError, ConflictError, OmsError, StockShortError
from omscore.ports.storage import (
    Commit,
    EventRecord,
    IndexEntry,
    Settlement,
    StockLevel,
    StoredAnswer,
    Task,
    TaskOutcome,
    TaskState,
    chained,
)
from omscore.quantities import StockPlace, StockState


class RefusalError(Exception):
    """A commit that has to be refused: with one of these kinds of error, and when short, short of these cells."""

    def __init__(self, kinds: set[type[OmsError]], short: tuple[tuple[object, ...], ...]) -> None:
        super().__init__(kinds, short)
        self.kinds = kinds
        self.short = short


class Model:
    """The rows of one store as plain dictionaries."""

    def __init__(self) -> None:
        self.streams: dict[str, tuple[int, str, str]] = {}
        self.log: list[tuple[str, int, EventRecord, str]] = []
        self.units: Counter[tuple[str, StockPlace]] = Counter()
        self.answers: dict[str, StoredAnswer] = {}
        self.claims: dict[str, str] = {}
        self.entries: set[tuple[str, IndexEntry]] = set()
        self.tasks: dict[str, Task] = {}
        self.leased_until: dict[str, datetime] = {}
        self.vault: dict[tuple[str, str], str] = {}
        self.sealed: dict[str, int] = {}
        self.checkpoints: list[tuple[int, datetime, int, int, int]] = []

    def become(self, other: Model) -> None:
        self.__dict__ = deepcopy(other.__dict__)

    def commit(self, commit: Commit) -> str:
        """The answer. Raises: RefusalError, with nothing changed."""
        known = self.answers.get(commit.command_key) if commit.command_key else None
        if known is not None:
            if known.fingerprint == commit.fingerprint:
                return known.answer
            raise RefusalError({CommandKeyError}, ())
        after = deepcopy(self)
        kinds: set[type[OmsError]] = set()
        if not all((after._write(commit), after._claim(commit), after._settle(commit.settlements))):
            kinds.add(ConflictError)
        short = after._move(commit)
        if short:
            kinds.add(StockShortError)
        if kinds:
            raise RefusalError(kinds, short)
        for task in commit.tasks:
            if task.task_id not in after.tasks:
                after.tasks[task.task_id] = Task(task.task_id, task.kind, task.due_at, task.payload, 0, "waiting", "")
        for document in commit.vault:
            after.vault[document.person_id, document.name] = document.body
        if commit.command_key:
            after.answers[commit.command_key] = StoredAnswer(commit.fingerprint, commit.answer)
        self.become(after)
        return commit.answer

    def lease(self, *, now: datetime, until: datetime, limit: int) -> tuple[Task, ...]:
        due = [
            task
            for task in self.tasks.values()
            if (task.state == "waiting" and task.due_at <= now)
            or (task.state == "leased" and self.leased_until[task.task_id] <= now)
        ]
        due.sort(key=lambda task: (task.due_at, task.task_id))
        taken = tuple(task._replace(state="leased", attempt=task.attempt + 1) for task in due[:limit])
        for task in taken:
            self.tasks[task.task_id], self.leased_until[task.task_id] = task, until
        return taken

    def extend(self, task_id: str, attempt: int, *, until: datetime) -> bool:
        task = self.tasks.get(task_id)
        if task is None or (task.state, task.attempt) != ("leased", attempt):
            return False
        self.leased_until[task_id] = until
        return True

    def revive(self, task_id: str, *, due_at: datetime) -> bool:
        task = self.tasks.get(task_id)
        if task is None or task.state not in ("dead", "dropped"):
            return False
        self.tasks[task_id] = task._replace(state="waiting", due_at=due_at, revived=task.attempt)
        return True

    def drop(self, task_id: str, *, note: str) -> bool:
        task = self.tasks.get(task_id)
        if task is None or task.state not in ("waiting", "dead"):
            return False
        self.tasks[task_id] = task._replace(state="dropped", note=note)
        return True

    def vault_erase(self, person_id: str) -> int:
        gone = [key for key in self.vault if key[0] == person_id]
        for key in gone:
            del self.vault[key]
        return len(gone)

    def checkpoint(self, at: datetime) -> tuple[int, datetime, int, int, int]:
        changed = {name: row[0] for name, row in self.streams.items() if self.sealed.get(name) != row[0]}
        if changed or not self.checkpoints:
            self.sealed.update(changed)
            number = len(self.checkpoints) + 1
            self.checkpoints.append((number, at, len(changed), len(self.answers), len(self.claims)))
        return self.checkpoints[-1]

    def levels(self) -> list[StockLevel]:
        """Every stock row with a unit in it, by SKU, location, pool."""
        rows: dict[tuple[str, str, str], StockLevel] = {}
        for (sku, place), units in self.units.items():
            if units and place.location:
                key = (sku, place.location, place.pool)
                changed: dict[str, Any] = {str(place.state): units}
                rows[key] = rows.get(key, StockLevel(*key))._replace(**changed)
        return sorted(rows.values())

    def in_state(self, state: str) -> list[Task]:
        found = [task for task in self.tasks.values() if task.state == state]
        return sorted(found, key=lambda task: (task.due_at, task.task_id))

    def next_due(self) -> datetime | None:
        return min((task.due_at for task in self.tasks.values() if task.state == "waiting"), default=None)

    def counts(self) -> dict[str, int]:
        return {
            "streams": len(self.streams),
            "events": len(self.log),
            "answers": len(self.answers),
            "claims": len(self.claims),
            "people": len({person for person, _ in self.vault}),
            **{f"tasks.{state}": len(self.in_state(state)) for state in TaskState},
        }

    def _write(self, commit: Commit) -> bool:
        for change in commit.changes:
            version, _, chain = self.streams.get(change.stream, (0, "", ""))
            if version != change.expected_version:
                return False
            for record in change.events:
                version += 1
                chain = chained(chain, record._replace(at=record.at.astimezone(UTC)))
                self.log.append((change.stream, version, record, chain))
            self.streams[change.stream] = (version, change.state, chain)
            self.entries -= {(change.stream, entry) for entry in change.unlisted}
            self.entries |= {(change.stream, entry) for entry in change.listed}
        return True

    def _claim(self, commit: Commit) -> bool:
        return all(self.claims.setdefault(claim.name, claim.stream) == claim.stream for claim in commit.claims)

    def _settle(self, settlements: tuple[Settlement, ...]) -> bool:
        after = {TaskOutcome.DONE: "done", TaskOutcome.RETRY: "waiting", TaskOutcome.DEAD: "dead"}
        for end in settlements:
            task = self.tasks.get(end.task_id)
            if task is None or (task.state, task.attempt) != ("leased", end.attempt):
                return False
            due_at = end.due_at or task.due_at
            self.tasks[end.task_id] = task._replace(state=after[end.outcome], due_at=due_at, note=end.note)
        return True

    def _move(self, commit: Commit) -> tuple[tuple[object, ...], ...]:
        changes: Counter[tuple[str, StockPlace]] = Counter()
        for move in commit.moves:
            changes[move.sku, move.origin] -= move.units
            changes[move.sku, move.target] += move.units
        order = tuple(StockState)
        short = sorted(
            (sku, place.location, place.pool, order.index(place.state), -units, self.units[sku, place])
            for (sku, place), units in changes.items()
            if isinstance(place.state, StockState) and units < 0 and self.units[sku, place] + units < 0
        )
        for cell, units in changes.items():
            self.units[cell] += units
        return tuple((*row[:3], order[row[3]], *row[4:]) for row in short)
