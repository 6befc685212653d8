"""The SQLite store and the store in memory, led through the same random life, never tell different stories."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import attrs
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from omscore.errors import OmsError
from omscore.ids import PersonId
from omscore.ports.storage import Claim, Commit, IndexEntry, Settlement, Storage, StreamChange, TaskOutcome, VaultWrite
from omscore.quantities import CUSTOMER, SUPPLIER, Move, StockPlace, StockState
from omscore.testing.conformance.storage.commits import NOON, change, minutes, picture, task
from omscore_adapters.storage_memory import MemoryStorage
from omscore_adapters.storage_sqlite import SqliteSettings, SqliteStorage

STREAMS = ("a", "b", "c")
PEOPLE = (PersonId("per_1"), PersonId("per_2"))
PLACES = (
    StockPlace("MUC", "general", StockState.SELLABLE),
    StockPlace("MUC", "general", StockState.ALLOCATED),
    StockPlace("MUC", "web", StockState.SELLABLE),
    StockPlace("HAM", "general", StockState.EXPECTED),
)

few = st.integers(0, 3)
entries = st.builds(IndexEntry, st.just("open"), st.sampled_from("xy"), st.sampled_from("12"))
receipts = st.builds(
    Move, st.sampled_from(("TEA", "CUP")), st.integers(1, 5), st.just(SUPPLIER), st.sampled_from(PLACES)
)
moves = st.builds(
    Move,
    st.sampled_from(("TEA", "CUP")),
    st.integers(1, 3),
    st.sampled_from(PLACES),
    st.sampled_from((*PLACES, CUSTOMER)),
)
settlements = st.builds(
    Settlement,
    task_id=st.sampled_from("tuv"),
    attempt=st.integers(1, 2),
    outcome=st.sampled_from(TaskOutcome),
    due_at=few.map(lambda count: NOON + minutes(count)),
)


@st.composite
def commits(draw: st.DrawFn) -> Callable[[dict[str, int]], Commit]:
    """A commit made from the versions at the time, now and then from a version that is no longer true."""
    streams = draw(st.lists(st.sampled_from(STREAMS), unique=True, max_size=2))
    events = draw(st.integers(1, 2))
    stale = draw(st.integers(0, 5)) == 0
    listed, unlisted = (tuple(draw(st.lists(entries, max_size=2))) for _ in range(2))
    # Mostly one part may fail, so that commits with many parts also succeed.
    risky = draw(st.sampled_from(("claims", "settlements", "moves")))
    commit = Commit(
        at=NOON,
        command_key=draw(st.none() | st.sampled_from(("k1", "k2", "k3", "k4"))),
        fingerprint=draw(st.sampled_from(("f", "f", "f", "g"))),
        answer=draw(st.sampled_from(("yes", "no"))),
        moves=tuple(draw(st.lists(moves if risky == "moves" else receipts, max_size=4))),
        tasks=tuple(task(draw(st.sampled_from("tuv")), NOON + minutes(draw(few))) for _ in range(draw(few))),
        claims=tuple(
            Claim(name=draw(st.sampled_from("rs")), stream=draw(st.sampled_from(STREAMS)))
            for _ in range(draw(few) if risky == "claims" else 0)
        ),
        settlements=tuple(draw(st.lists(settlements, max_size=1))) if risky == "settlements" else (),
        vault=tuple(
            VaultWrite(person_id=draw(st.sampled_from(PEOPLE)), name="person", body=draw(st.text(max_size=9)))
            for _ in range(draw(st.integers(0, 1)))
        ),
    )

    def made(versions: dict[str, int]) -> Commit:
        changes: list[StreamChange] = [
            change(stream, versions.get(stream, 0) + stale, events=events, listed=listed, unlisted=unlisted)
            for stream in streams
        ]
        return attrs.evolve(commit, changes=tuple(changes))

    return made


class GroupGivenUpError(Exception):
    """Raised by the machine to leave a group by an exception."""


class TwoStores(RuleBasedStateMachine):
    """Does everything to both stores and compares every answer, every refusal and everything they hold."""

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self._stores: tuple[Storage, ...] = ()

    @initialize()
    def open_both(self) -> None:
        folder = self._stack.enter_context(tempfile.TemporaryDirectory())
        sqlite = SqliteStorage(SqliteSettings(path=Path(folder) / "shop.db", synchronous="normal"))
        self._stack.callback(sqlite.close)
        self._stores = (MemoryStorage(), sqlite)

    def _both(self, act: Callable[[Storage], Any]) -> Any:
        told = []
        for store in self._stores:
            try:
                told.append(act(store))
            except OmsError as error:
                told.append((type(error), error.code, str(error), error.fields))
        assert told[0] == told[1]
        return told[0]

    def _commit(self, made: Callable[[dict[str, int]], Commit]) -> None:
        versions = {name: found.version for name, found in self._stores[0].load(STREAMS, {}).items()}
        self._both(lambda store: store.commit(made(versions)))

    @rule(made=commits())
    def commit(self, made: Callable[[dict[str, int]], Commit]) -> None:
        self._commit(made)

    @rule(group=st.lists(commits(), max_size=4), give_up=st.booleans())
    def together(self, group: list[Callable[[dict[str, int]], Commit]], give_up: bool) -> None:
        try:
            with self._stores[0].together(), self._stores[1].together():
                for made in group:
                    self._commit(made)
                self._both(lambda store: store.lease(now=NOON, until=NOON + minutes(1), limit=1))
                if give_up:
                    raise GroupGivenUpError
        except GroupGivenUpError:
            assert give_up

    @rule(now=few, lasting=few, limit=few)
    def lease(self, now: int, lasting: int, limit: int) -> None:
        moment = NOON + minutes(now)
        self._both(lambda store: store.lease(now=moment, until=moment + minutes(lasting), limit=limit))

    @rule(person=st.sampled_from(PEOPLE))
    def erase(self, person: PersonId) -> None:
        self._both(lambda store: store.vault_erase(person))

    @rule(attempt=st.integers(1, 2), until=few, task_id=st.sampled_from("tuv"))
    def extend(self, attempt: int, until: int, task_id: str) -> None:
        self._both(lambda store: store.extend(task_id, attempt, until=NOON + minutes(until)))

    @rule(due=few, task_id=st.sampled_from("tuv"))
    def drop_and_revive(self, due: int, task_id: str) -> None:
        self._both(lambda store: store.drop(task_id, note="by hand"))
        if due:
            self._both(lambda store: store.revive(task_id, due_at=NOON + minutes(due)))

    @rule(at=few)
    def checkpoint(self, at: int) -> None:
        self._both(lambda store: store.checkpoint(NOON + minutes(at)))

    @invariant()
    def both_tell_the_same_story(self) -> None:
        self._both(picture)
        self._both(lambda store: store.load(STREAMS, {"a": 2, "b": 1}))
        self._both(lambda store: store.stock(["TEA", "CUP"]))
        self._both(lambda store: [store.listed("open", key) for key in "xy"])
        self._both(lambda store: [store.claimed(name) for name in "rs"])
        self._both(lambda store: [store.answer(key) for key in ("k1", "k2", "k3", "k4")])
        self._both(lambda store: [(store.vault_names(who), store.vault_get(who, "person")) for who in PEOPLE])

    def teardown(self) -> None:
        if self._stores:
            assert self._both(lambda store: store.check_files()) == ()
        self._stack.close()


TestTwoStores = TwoStores.TestCase
TestTwoStores.settings = settings(max_examples=30, stateful_step_count=20)
