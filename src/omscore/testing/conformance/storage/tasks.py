"""A due task is leased to one caller at a time, and only the attempt in progress can be settled."""

from __future__ import annotations

from datetime import timedelta

import pytest

from omscore.errors import ConflictError, InputError
from omscore.ports.storage import Commit, Storage, TaskOutcome
from omscore.records import changed
from omscore.testing.conformance.storage.commits import NOON, change, minutes, picture, settled, task
from omscore.testing.conformance.storage.laws import StorageLaws


class TaskLaws(StorageLaws):
    """A due task is leased to one caller at a time, and only the attempt in progress can be settled."""

    def test_due_tasks_are_leased_earliest_first_and_to_one_caller(self, storage: Storage) -> None:
        storage.commit(
            Commit(
                at=NOON,
                tasks=(
                    task("c", NOON - minutes(1)),
                    task("b"),
                    task("a"),
                    task("later", NOON + timedelta(microseconds=1)),
                ),
            )
        )
        first = storage.lease(now=NOON, until=NOON + minutes(5), limit=2)
        assert [(leased.task_id, leased.attempt, leased.state) for leased in first] == [
            ("c", 1, "leased"),
            ("a", 1, "leased"),
        ]
        assert [leased.task_id for leased in storage.lease(now=NOON, until=NOON + minutes(5), limit=9)] == ["b"]
        assert storage.lease(now=NOON, until=NOON + minutes(5), limit=9) == ()
        assert storage.next_due() == NOON + timedelta(microseconds=1)
        assert first == tuple(leased for leased in storage.tasks("leased") if leased.task_id != "b")
        assert first[0].payload == '{"of": "c"}'

    def test_a_limit_of_none_leases_none(self, storage: Storage) -> None:
        storage.commit(Commit(at=NOON, tasks=(task("a"),)))
        for limit in (0, -1):
            assert storage.lease(now=NOON, until=NOON + minutes(5), limit=limit) == ()
            assert storage.tasks("waiting", limit=limit) == ()
        assert storage.next_due() == NOON

    def test_a_lease_that_ran_out_is_due_again_with_its_attempt_counted_up(self, storage: Storage) -> None:
        storage.commit(Commit(at=NOON, tasks=(task("a"), task("b", NOON - minutes(1)))))
        storage.lease(now=NOON, until=NOON + minutes(5), limit=9)
        assert storage.lease(now=NOON + minutes(4), until=NOON + minutes(9), limit=9) == ()
        again = storage.lease(now=NOON + minutes(5), until=NOON + minutes(9), limit=1)
        assert [(leased.task_id, leased.attempt, leased.due_at) for leased in again] == [("b", 2, NOON - minutes(1))]
        rest = storage.lease(now=NOON + minutes(5), until=NOON + minutes(9), limit=9)
        assert [(leased.task_id, leased.attempt) for leased in rest] == [("a", 2)]

    def test_only_the_latest_attempt_can_be_settled(self, storage: Storage) -> None:
        storage.commit(Commit(at=NOON, tasks=(task("a"),)))
        storage.lease(now=NOON, until=NOON + minutes(5), limit=1)
        storage.lease(now=NOON + minutes(5), until=NOON + minutes(9), limit=1)
        before = picture(storage)
        for attempt in (0, 1, 3):
            with pytest.raises(ConflictError):
                storage.commit(changed(settled("a", attempt), changes=(change("order:1"),)))
        assert picture(storage) == before
        storage.commit(settled("a", 2))
        with pytest.raises(ConflictError):
            storage.commit(settled("a", 2))
        assert [(done.task_id, done.note) for done in storage.tasks("done")] == [("a", "done")]

    def test_a_task_that_was_not_leased_or_does_not_exist_cannot_be_settled(self, storage: Storage) -> None:
        storage.commit(Commit(at=NOON, tasks=(task("a"),)))
        for task_id in ("a", "b"):
            with pytest.raises(ConflictError):
                storage.commit(settled(task_id, 0))

    def test_an_attempt_may_end_after_its_lease_ran_out_while_nobody_else_took_it(self, storage: Storage) -> None:
        storage.commit(Commit(at=NOON, tasks=(task("a"),)))
        storage.lease(now=NOON, until=NOON, limit=1)
        storage.commit(settled("a", 1))
        assert storage.counts()["tasks.done"] == 1

    def test_a_task_is_found_by_its_id_in_whatever_state(self, storage: Storage) -> None:
        storage.commit(Commit(at=NOON, tasks=(task("a"), task("A"), task("a.b"))))
        assert storage.task("a") == next(each for each in storage.tasks("waiting") if each.task_id == "a")
        storage.lease(now=NOON, until=NOON + minutes(5), limit=3)
        storage.commit(settled("a", 1))
        found = storage.task("a")
        assert found is not None and (found.task_id, found.state, found.attempt) == ("a", "done", 1)
        assert [storage.task(task_id) for task_id in ("b", "", "%", "a.")] == [None] * 4

    def test_a_retry_waits_for_its_new_moment(self, storage: Storage) -> None:
        storage.commit(Commit(at=NOON, tasks=(task("a"),)))
        storage.lease(now=NOON, until=NOON + minutes(5), limit=1)
        with pytest.raises(InputError):
            storage.commit(settled("a", 1, TaskOutcome.RETRY))
        storage.commit(settled("a", 1, TaskOutcome.RETRY, NOON + minutes(30)))
        assert storage.next_due() == NOON + minutes(30)
        assert storage.lease(now=NOON + minutes(29), until=NOON + minutes(60), limit=1) == ()
        (again,) = storage.lease(now=NOON + minutes(30), until=NOON + minutes(60), limit=1)
        assert (again.attempt, again.note) == (2, "retry")
        storage.commit(settled("a", 2, TaskOutcome.DEAD))
        assert [dead.note for dead in storage.tasks("dead")] == ["dead"]
        assert storage.next_due() is None

    def test_a_task_id_that_exists_is_left_as_it_is(self, storage: Storage) -> None:
        storage.commit(Commit(at=NOON, tasks=(task("a"),)))
        storage.commit(Commit(at=NOON, tasks=(task("a", NOON + minutes(9)), task("b"))))
        assert [(waiting.task_id, waiting.due_at) for waiting in storage.tasks("waiting")] == [("a", NOON), ("b", NOON)]
        assert [waiting.task_id for waiting in storage.tasks("waiting", limit=1)] == ["a"]
