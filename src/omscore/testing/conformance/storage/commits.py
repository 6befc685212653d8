"""Small commits to test stores with, and one picture of everything a store holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from omscore.ids import PersonId
from omscore.ports.storage import (
    Claim,
    Commit,
    EventRecord,
    IndexEntry,
    Settlement,
    Storage,
    StorageReading,
    StreamChange,
    TaskOutcome,
    TaskRequest,
    TaskState,
    VaultWrite,
)
from omscore.quantities import SUPPLIER, Move, StockPlace, StockState

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHELF = StockPlace("MUC", "general", StockState.SELLABLE)
TAKEN = StockPlace("MUC", "general", StockState.RESERVED)


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


def change(
    stream: str,
    version: int = 0,
    *,
    events: int = 1,
    listed: tuple[IndexEntry, ...] = (),
    unlisted: tuple[IndexEntry, ...] = (),
) -> StreamChange:
    """The next `events` events of a stream; its state names the version it reaches."""
    return StreamChange(
        stream=stream,
        expected_version=version,
        state=f"{stream} at {version + events}",
        events=tuple(EventRecord("Noted", NOON, f'{{"step": {version + step}}}') for step in range(1, events + 1)),
        listed=listed,
        unlisted=unlisted,
    )


def received(units: int, sku: str = "TEA") -> Commit:
    """Units come from the supplier onto the shelf."""
    return Commit(at=NOON, moves=(Move(sku, units, SUPPLIER, SHELF),))


def reserved(units: int, sku: str = "TEA", **parts: Any) -> Commit:
    """Units go from sellable to reserved."""
    return Commit(at=NOON, moves=(Move(sku, units, SHELF, TAKEN),), **parts)


def task(task_id: str, due_at: datetime = NOON) -> TaskRequest:
    return TaskRequest(task_id=task_id, kind="mail", due_at=due_at, payload=f'{{"of": "{task_id}"}}')


def settled(
    task_id: str, attempt: int, outcome: TaskOutcome = TaskOutcome.DONE, due_at: datetime | None = None
) -> Commit:
    """One attempt at a task comes to its end."""
    settlement = Settlement(task_id=task_id, attempt=attempt, outcome=outcome, due_at=due_at, note=outcome.value)
    return Commit(at=NOON, settlements=(settlement,))


def document(person: str, body: str, name: str = "person") -> Commit:
    return Commit(at=NOON, vault=(VaultWrite(person_id=PersonId(person), name=name, body=body),))


def picture(storage: StorageReading) -> dict[str, object]:
    """Everything a store holds that its port can show without knowing names."""
    return {
        "streams": tuple(storage.streams()),
        "events": tuple(storage.events()),
        "stock": tuple(storage.stock_levels()),
        "entries": tuple(storage.index_entries()),
        "tasks": tuple(storage.tasks(state) for state in TaskState),
        "all_tasks": tuple(storage.all_tasks()),
        "answers": tuple(storage.answers()),
        "claims": tuple(storage.claims()),
        "checkpoints": tuple(storage.checkpoints()),
        "heads": tuple(storage.heads()),
        "next_due": storage.next_due(),
        "counts": storage.counts(),
    }


def keyed(key: str, stream: str, version: int = 0, **parts: Any) -> Commit:
    """One event under a command key."""
    return Commit(
        at=NOON,
        command_key=key,
        fingerprint=f"of {key}",
        answer=f"{stream}!",
        changes=(change(stream, version),),
        **parts,
    )


WEB = IndexEntry("open", "web", "1")


def lived(storage: Storage) -> None:
    """A bit of everything."""
    storage.commit(keyed("k1", "order/o1", claims=(Claim(name="reference:1", stream="order/o1"),)))
    storage.commit(Commit(at=NOON, changes=(change("order/o2", listed=(WEB,)),), tasks=(task("t1"), task("t0"))))
    storage.commit(received(7))
    storage.commit(reserved(2))
    storage.commit(document("per_1", "Ada"))
