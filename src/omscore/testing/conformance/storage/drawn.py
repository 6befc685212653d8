"""Commits for the machine, each drawn from one number: they fit what the model holds, now and then on purpose not.

One number per commit instead of a choice of hypothesis for every part: the same time sees four times as many lives.
Hypothesis still shortens a life that went wrong, commit by commit.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from random import Random

from omscore.ids import PersonId
from omscore.ports.storage import (
    Claim,
    Commit,
    EventRecord,
    IndexEntry,
    Settlement,
    StreamChange,
    TaskOutcome,
    TaskRequest,
    VaultWrite,
)
from omscore.quantities import CUSTOMER, SUPPLIER, Move, StockPlace, StockState
from omscore.testing.conformance.storage.commits import NOON
from omscore.testing.conformance.storage.model import Model

STREAMS = ("a", "B", "a\uffee", "a\U0001f375")
"""Names whose order differs between code points, UTF-16 and a dictionary."""
SKUS = ("TEA", "CUP")
KEYS = ("k1", "k2", "k3", "K4")
NAMES = ("r", "s")
TASKS = ("t", "T", "u\u00e9", "\U0001f375", "\uffee")
ENDS = (TaskOutcome.DONE, TaskOutcome.RETRY, TaskOutcome.RETRY, TaskOutcome.DEAD, TaskOutcome.DEAD)
"""Mostly ends after which a task can go on: what is done stays done."""
PEOPLE = (PersonId("per_1"), PersonId("per_2"))
PLACES = (
    StockPlace("MUC", "general", StockState.SELLABLE),
    StockPlace("MUC", "general", StockState.ALLOCATED),
    StockPlace("MUC", "web", StockState.SELLABLE),
    StockPlace("HAM", "general", StockState.EXPECTED),
)
TEXTS = ("", "tea", "Te\u0301", "\u00e9", "\x01\u202e\n", "\U0001f375", "'; DROP TABLE events; --", "{}")
SORTS = ("1", "10", "2", "\u00e9", "Z", "\uffee", "\U0001f375")
RISKS = ("nothing", "versions", "claims", "settlements", "settlements", "moves", "moves")


class Drawing:
    """One number's worth of choices."""

    def __init__(self, number: int) -> None:
        self._random = Random(number)  # noqa: S311 (a life to be told again)

    def moment(self) -> datetime:
        """Within ten minutes of noon, in some zone."""
        after = timedelta(minutes=self._random.randrange(10), microseconds=self._random.choice((0, 1, 999_999)))
        return (NOON + after).astimezone(timezone(timedelta(hours=self._random.choice((0, 0, 2, -9)))))

    def text(self) -> str:
        return self._random.choice(TEXTS)

    def commit(self, model: Model) -> Commit:
        """A commit of many parts, of which mostly one at most can fail, so that many succeed."""
        draw = self._random
        risk = draw.choice(RISKS)
        return Commit(
            at=NOON,
            command_key=draw.choice((None, *KEYS)),
            fingerprint=draw.choice("fffg"),
            answer=self.text(),
            changes=tuple(
                self._change(stream, model, off=draw.choice((-1, 1)) if risk == "versions" else 0)
                for stream in draw.sample(STREAMS, draw.randrange(3))
            ),
            moves=tuple(self._move(taking=risk == "moves") for _ in range(draw.randrange(5))),
            tasks=tuple(self._task() for _ in range(draw.randrange(3))),
            claims=tuple(
                Claim(name=draw.choice(NAMES), stream=draw.choice(STREAMS)) for _ in range(draw.randrange(1, 3))
            )
            if risk == "claims"
            else (),
            settlements=(self.settlement(model),) if risk == "settlements" else (),
            vault=tuple(
                VaultWrite(person_id=draw.choice(PEOPLE), name=draw.choice("mn"), body=self.text())
                for _ in range(draw.randrange(2))
            ),
        )

    def settlement(self, model: Model) -> Settlement:
        """The end of an attempt, mostly of one in progress."""
        draw = self._random
        leased = [task.task_id for task in model.in_state("leased")]
        task_id = draw.choice(leased or TASKS)
        attempt = (model.tasks[task_id].attempt if task_id in model.tasks else 1) - draw.choice((0, 0, 0, 1))
        outcome = draw.choice(ENDS)
        return Settlement(task_id=task_id, attempt=attempt, outcome=outcome, due_at=self.moment(), note=self.text())

    def _change(self, stream: str, model: Model, *, off: int) -> StreamChange:
        draw = self._random
        listed, unlisted = (
            tuple(IndexEntry("open", draw.choice("xy"), draw.choice(SORTS)) for _ in range(draw.randrange(3)))
            for _ in range(2)
        )
        return StreamChange(
            stream=stream,
            expected_version=max(model.streams.get(stream, (0,))[0] + off, 0),
            state=self.text(),
            events=tuple(
                EventRecord(draw.choice(("Noted", "Told")), self.moment(), self.text())
                for _ in range(draw.randrange(1, 3))
            ),
            listed=listed,
            unlisted=unlisted,
        )

    def _move(self, *, taking: bool) -> Move:
        draw = self._random
        if taking:
            return Move(draw.choice(SKUS), draw.randrange(1, 4), draw.choice(PLACES), draw.choice((*PLACES, CUSTOMER)))
        return Move(draw.choice(SKUS), draw.randrange(1, 6), SUPPLIER, draw.choice(PLACES))

    def _task(self) -> TaskRequest:
        return TaskRequest(task_id=self._random.choice(TASKS), kind="mail", due_at=self.moment(), payload=self.text())
