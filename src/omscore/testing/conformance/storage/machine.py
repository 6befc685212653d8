"""A store and a model of it, led through the same random life, never tell different stories."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import timedelta
from typing import Any, ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from omscore.errors import OmsError, StockShortError
from omscore.ids import PersonId
from omscore.ports.storage import Commit, StorageReading, TaskState
from omscore.testing.conformance.storage.commits import NOON
from omscore.testing.conformance.storage.drawn import KEYS, NAMES, PEOPLE, SKUS, STREAMS, TASKS, Drawing
from omscore.testing.conformance.storage.groups import StopHereError
from omscore.testing.conformance.storage.laws import NewStore, StorageLaws
from omscore.testing.conformance.storage.model import Model, RefusalError

numbers = st.integers(0, 2**32 - 1)
few = st.integers(0, 3)

LOOKS_EVERY = 4
"""How many steps lie between two full comparisons, besides the one at the end."""


class StoreBesideModel(RuleBasedStateMachine):
    """Does everything to both, and compares every answer, every refusal and everything they hold."""

    stores: ClassVar[tuple[NewStore]]

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self._steps = 0
        self._now = NOON

    @initialize()
    def open(self) -> None:
        self.store = self._stack.enter_context(self.stores[0]()())
        self.model = Model()

    @rule(number=numbers)
    def commit(self, number: int) -> None:
        self._commit(Drawing(number).commit(self.model))

    @rule(group=st.lists(numbers, max_size=4))
    def commit_many(self, group: list[int]) -> None:
        self._commit_many(group)

    @rule(group=st.lists(numbers, max_size=3), many=st.lists(numbers, max_size=2), gives_up=st.booleans())
    def together(self, group: list[int], many: list[int], gives_up: bool) -> None:
        before = Model()
        before.become(self.model)
        try:
            with self.store.together():
                for number in group:
                    self._commit(Drawing(number).commit(self.model))
                self._commit_many(many)
                self._same(lambda side: side.lease(now=self._now, until=self._now + timedelta(minutes=1), limit=1))
                if gives_up:
                    raise StopHereError
        except StopHereError:
            self.model.become(before)

    @rule(minutes=few, limit=few)
    def lease(self, minutes: int, limit: int) -> None:
        self._lease(minutes=minutes, limit=limit)

    @rule(numbers=st.lists(numbers, min_size=1, max_size=4), minutes=few)
    def work(self, numbers: list[int], minutes: int) -> None:
        """Time passes, and some attempts begin and end."""
        self._now += timedelta(minutes=minutes)
        for number in numbers:
            self._lease(minutes=2, limit=1)
            self._commit(Commit(at=NOON, settlements=(Drawing(number).settlement(self.model),)))

    @rule(task_id=st.sampled_from(TASKS), stale=st.sampled_from((0, 0, 1)), minutes=few)
    def extend(self, task_id: str, stale: int, minutes: int) -> None:
        task = self.model.tasks.get(task_id)
        attempt = (task.attempt if task else 1) - stale
        self._same(lambda side: side.extend(task_id, attempt, until=self._now + timedelta(minutes=minutes)))

    @rule(number=numbers)
    def revive(self, number: int) -> None:
        due_at = Drawing(number).moment()
        self._same(lambda side: [side.revive(task_id, due_at=due_at) for task_id in TASKS])

    @rule(task_id=st.sampled_from(TASKS), number=numbers)
    def drop(self, task_id: str, number: int) -> None:
        self._same(lambda side: side.drop(task_id, note=Drawing(number).text()))

    @rule(person=st.sampled_from(PEOPLE))
    def erase(self, person: PersonId) -> None:
        self._same(lambda side: side.vault_erase(person))

    @rule(number=numbers)
    def checkpoint(self, number: int) -> None:
        at = Drawing(number).moment()
        assert tuple(self.store.checkpoint(at))[:5] == self.model.checkpoint(at)

    @invariant()
    def both_tell_the_same_story(self) -> None:
        self._steps += 1
        if self._steps % LOOKS_EVERY == 0:
            self._compare()

    def teardown(self) -> None:
        try:
            if self._steps:
                self._compare()
                with self.store.snapshot() as view:
                    assert story(view) == told(self.model)
                assert self.store.check_files() == ()
        finally:
            self._stack.close()

    def _compare(self) -> None:
        assert story(self.store) == told(self.model)

    def _same(self, act: Callable[[Any], Any]) -> None:
        assert act(self.store) == act(self.model)

    def _lease(self, *, minutes: int, limit: int) -> None:
        until = self._now + timedelta(minutes=minutes)
        self._same(lambda side: side.lease(now=self._now, until=until, limit=limit))

    def _commit(self, commit: Commit) -> None:
        expected = _ended(self.model, commit)
        try:
            found: str | OmsError = self.store.commit(commit)
        except OmsError as error:
            found = error
        _agree(found, expected)

    def _commit_many(self, group: Sequence[int]) -> None:
        wanted, expected = [], []
        for number in group:
            commit = Drawing(number).commit(self.model)
            wanted.append(commit)
            expected.append(_ended(self.model, commit))
        for answer, ended in zip(self.store.commit_many(wanted), expected, strict=True):
            _agree(answer, ended)


class MachineLaws(StorageLaws):
    """Whatever is done to a store in whatever order, it holds what a model of dictionaries says.

    Shape: `phases` are those of hypothesis; without Phase.shrink a life that went wrong is told sooner, but longer.
    """

    phases: ClassVar[tuple[Phase, ...]] = tuple(Phase)

    def test_a_store_and_a_model_of_it_never_tell_different_stories(self, new_store: NewStore) -> None:
        size = settings(
            max_examples=20 * self.rounds,
            stateful_step_count=30,
            deadline=None,
            phases=self.phases,
            suppress_health_check=list(HealthCheck),
        )
        machine = type("StoreBesideModel", (StoreBesideModel,), {"stores": (new_store,)})
        run_state_machine_as_test(machine, settings=size)


def story(store: StorageReading) -> dict[str, Any]:
    """What a store holds, in the words of the model; rows without units are nobody's concern."""
    return {
        "streams": [tuple(row) for row in store.streams()],
        "log": [
            (event.stream, event.version, event.name, event.at, event.body, event.chain) for event in store.events()
        ],
        "of_streams": [[(event.version, event.body) for event in store.events(stream=name)] for name in STREAMS],
        "loaded": store.load(STREAMS, {}),
        "stock": [level for level in store.stock_levels() if any(level[3:])],
        "asked": [level for level in store.stock(SKUS) if any(level[3:])],
        "glanced": _glanced(store),
        "answers": list(store.answers()),
        "answered": [store.answer(key) for key in KEYS],
        "claims": [(claim.name, claim.stream) for claim in store.claims()],
        "claimed": [store.claimed(name) for name in NAMES],
        "entries": list(store.index_entries()),
        "listed": [store.listed("open", key) for key in "xy"],
        "tasks": list(store.all_tasks()),
        "by_id": [store.task(each.task_id) for each in store.all_tasks()],
        "in_state": [store.tasks(state) for state in TaskState],
        "next_due": store.next_due(),
        "vault": [[(name, store.vault_get(person, name)) for name in store.vault_names(person)] for person in PEOPLE],
        "checkpoints": [tuple(each)[:5] for each in store.checkpoints()],
        "counts": store.counts(),
    }


def _glanced(store: StorageReading) -> tuple[object, object, object]:
    states, levels, documents = store.glance(STREAMS, {}, SKUS, [(person, "m") for person in PEOPLE])
    return states, [level for level in levels if any(level[3:])], documents


def told(model: Model) -> dict[str, Any]:
    """The same of the model."""
    levels = model.levels()
    return {
        "streams": [(name, *model.streams[name]) for name in sorted(model.streams)],
        "log": [(stream, version, *record, chain) for stream, version, record, chain in model.log],
        "of_streams": [
            [(version, record.body) for stream, version, record, _ in model.log if stream == name] for name in STREAMS
        ],
        "loaded": {name: model.streams[name][:2] for name in STREAMS if name in model.streams},
        "stock": levels,
        "asked": levels,
        "glanced": (
            {name: model.streams[name][:2] for name in STREAMS if name in model.streams},
            levels,
            {(person, name): body for (person, name), body in model.vault.items() if name == "m"},
        ),
        "answers": sorted(model.answers.items()),
        "answered": [model.answers.get(key) for key in KEYS],
        "claims": sorted(model.claims.items()),
        "claimed": [model.claims.get(name) for name in NAMES],
        "entries": sorted(model.entries),
        "listed": [
            tuple(
                stream
                for _, stream in sorted(
                    (entry.sort, stream) for stream, entry in model.entries if (entry.name, entry.key) == ("open", key)
                )
            )
            for key in "xy"
        ],
        "tasks": [model.tasks[task_id] for task_id in sorted(model.tasks)],
        "by_id": [model.tasks[task_id] for task_id in sorted(model.tasks)],
        "in_state": [tuple(model.in_state(state)) for state in TaskState],
        "next_due": model.next_due(),
        "vault": [
            sorted((name, body) for (of, name), body in model.vault.items() if of == person) for person in PEOPLE
        ],
        "checkpoints": model.checkpoints,
        "counts": model.counts(),
    }


def _ended(model: Model, commit: Commit) -> str | RefusalError:
    try:
        return model.commit(commit)
    except RefusalError as error:
        return error


def _agree(found: str | OmsError, expected: str | RefusalError) -> None:
    if isinstance(expected, str):
        assert found == expected
        return
    assert type(found) in expected.kinds
    if expected.kinds == {StockShortError}:
        assert isinstance(found, StockShortError)
        assert found.fields["shortfalls"] == expected.short
