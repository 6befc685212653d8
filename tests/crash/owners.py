"""Who owns a task: an owner that was away too long is refused, and a queue is read while it is written to."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from random import Random
from typing import Any

from omscore.errors import ConflictError
from omscore.ports.storage import Commit, Settlement, Storage, Task, TaskOutcome, TaskRequest
from tests.crash.arena import Arena
from tests.crash.campaign import Campaign, Note, Outcome
from tests.crash.crew import crew, failed
from tests.kit.shops import NOON

LEASE = timedelta(seconds=30)
PRODUCERS = 15
EACH = 4


def stale_owner(arena: Arena, rounds: int, seed: int, note: Note) -> Outcome:
    """A task whose owner fell asleep is taken by another; only the second owner's word counts."""
    lot = Random(seed)  # noqa: S311
    place = arena.fresh(stock=False)
    violations: list[str] = []
    with arena.stored(place) as first, arena.stored(place) as second:
        for number in range(rounds):
            asked = TaskRequest(task_id=f"t{number}", kind="mail", due_at=NOON, payload="{}")
            first.commit(Commit(at=NOON, tasks=(asked,)))
            (asleep,) = first.lease(now=NOON, until=NOON + LEASE, limit=1)
            (awake,) = second.lease(now=NOON + 2 * LEASE, until=NOON + 3 * LEASE, limit=1)
            settling = [(first, asleep), (second, awake)]
            if lot.random() < 0.5:
                settling.reverse()
            counted = [task.attempt for store, task in settling if _settled(store, task)]
            if counted != [awake.attempt]:
                violations.append(f"t{number}: attempts {counted} counted, attempt {awake.attempt} owned it")
                break
            note(number + 1)
    return Outcome(figures={"tasks": rounds}, violations=tuple(violations))


def _settled(store: Storage, task: Task) -> bool:
    settlement = Settlement(task_id=task.task_id, attempt=task.attempt, outcome=TaskOutcome.DONE)
    try:
        store.commit(Commit(at=NOON, settlements=(settlement,)))
    except ConflictError:
        return False
    return True


def outbox(arena: Arena, rounds: int, _seed: int, note: Note) -> Outcome:
    """Fifteen programs ask for tasks while one works them off: every task is done, and once."""
    place = arena.fresh(stock=False)
    violations: list[str] = []
    with crew(arena, place, PRODUCERS + 1, _work) as workers:
        for number in range(rounds):
            *asked, read = workers.ask([*(f"{number}.{who}" for who in range(PRODUCERS)), ""])
            *_, rest = workers.ask([*[None] * PRODUCERS, ""])
            violations += failed([*asked, read, rest])
            done = Counter(task_id for answer in (read, rest) if isinstance(answer, list) for task_id in answer)
            wanted = {f"{number}.{who}.{each}" for who in range(PRODUCERS) for each in range(EACH)}
            violations += [f"{task_id} was never done" for task_id in sorted(wanted - done.keys())]
            violations += [f"{task_id} was done {times} times" for task_id, times in done.items() if times > 1]
            if violations:
                break
            note(number + 1)
    return Outcome(figures={"tasks": rounds * PRODUCERS * EACH}, violations=tuple(violations[:5]))


def _work(storage: Storage, question: Any) -> Any:
    """Asks for tasks under a name, one a commit; without a name works off what there is; told nothing, does nothing."""
    if question is None:
        return None
    if question:
        for each in range(EACH):
            asked = TaskRequest(task_id=f"{question}.{each}", kind="mail", due_at=NOON, payload="{}")
            storage.commit(Commit(at=NOON, tasks=(asked,)))
        return None
    done = []
    while leased := storage.lease(now=NOON, until=NOON + LEASE, limit=7):
        done += [task.task_id for task in leased if _settled(storage, task)]
    return done


CAMPAIGNS = (
    Campaign(
        name="stale-owner",
        says="a task's owner sleeps past its lease and settles after all",
        everyday={"sqlite": 100, "postgres": 100},
        long={"sqlite": 5_000, "postgres": 5_000},
        run=stale_owner,
    ),
    Campaign(
        name="outbox",
        says="a queue is worked off while fifteen programs write to it",
        everyday={"sqlite": 10, "postgres": 30},
        long={"sqlite": 1_000, "postgres": 5_000},
        run=outbox,
    ),
)
