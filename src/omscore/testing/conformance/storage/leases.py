"""A lease can be prolonged by its attempt, and work that was given up can be brought back or dropped by a person."""

from __future__ import annotations

import pytest

from omscore.errors import ConflictError, InputError
from omscore.ports.storage import Commit, Storage, TaskOutcome
from omscore.records import changed
from omscore.testing.conformance.storage.commits import NOON, change, minutes, picture, settled, task
from omscore.testing.conformance.storage.groups import StopHereError
from omscore.testing.conformance.storage.laws import StorageLaws


def five(storage: Storage) -> None:
    """One task in each state, called by it."""
    names = ("waiting", "leased", "done", "dead", "dropped")
    storage.commit(Commit(at=NOON, tasks=tuple(task(name) for name in names[1:])))
    storage.lease(now=NOON, until=NOON + minutes(5), limit=9)
    storage.commit(settled("done", 1))
    storage.commit(settled("dead", 1, TaskOutcome.DEAD))
    storage.commit(settled("dropped", 1, TaskOutcome.DEAD))
    storage.drop("dropped", note="by hand")
    storage.commit(Commit(at=NOON, tasks=(task("waiting", NOON + minutes(60)),)))


class LeaseLaws(StorageLaws):
    """A lease can be prolonged by its attempt, and work that was given up can be brought back or dropped by hand."""

    def test_a_prolonged_lease_keeps_others_away_until_its_new_end(self, storage: Storage) -> None:
        storage.commit(Commit(at=NOON, tasks=(task("a"),)))
        storage.lease(now=NOON, until=NOON + minutes(5), limit=1)
        assert storage.extend("a", 1, until=NOON + minutes(9))
        assert storage.lease(now=NOON + minutes(8), until=NOON + minutes(20), limit=1) == ()
        (again,) = storage.lease(now=NOON + minutes(9), until=NOON + minutes(20), limit=1)
        assert again.attempt == 2
        assert storage.extend("a", 2, until=NOON + minutes(30))
        storage.commit(settled("a", 2))

    def test_a_stale_owner_cannot_prolong_its_lease(self, storage: Storage) -> None:
        five(storage)
        (taken,) = storage.lease(now=NOON + minutes(5), until=NOON + minutes(9), limit=1)
        assert (taken.task_id, taken.attempt) == ("leased", 2)
        before = picture(storage)
        assert not storage.extend("leased", 1, until=NOON + minutes(60))
        assert not storage.extend("leased", 3, until=NOON + minutes(60))
        assert not any(
            storage.extend(name, 1, until=NOON + minutes(60)) for name in ("waiting", "done", "dead", "dropped", "none")
        )
        assert picture(storage) == before
        (again,) = storage.lease(now=NOON + minutes(9), until=NOON + minutes(20), limit=9)
        assert (again.task_id, again.attempt) == ("leased", 3)

    def test_a_stale_owners_commit_is_refused_whole(self, storage: Storage) -> None:
        storage.commit(Commit(at=NOON, tasks=(task("a"),)))
        storage.lease(now=NOON, until=NOON + minutes(5), limit=1)
        storage.lease(now=NOON + minutes(5), until=NOON + minutes(9), limit=1)
        with pytest.raises(ConflictError):
            storage.commit(changed(settled("a", 1), changes=(change("order:1"),), tasks=(task("b"),)))
        assert (storage.counts()["streams"], storage.counts()["tasks.waiting"]) == (0, 0)

    @pytest.mark.parametrize("name", ["dead", "dropped"])
    def test_a_revived_task_waits_again_and_its_fence_goes_on(self, storage: Storage, name: str) -> None:
        five(storage)
        assert storage.revive(name, due_at=NOON + minutes(2))
        (waiting,) = [each for each in storage.tasks("waiting") if each.task_id == name]
        assert (waiting.due_at, waiting.attempt, waiting.revived, waiting.tries) == (NOON + minutes(2), 1, 1, 0)
        assert storage.next_due() == NOON + minutes(2)
        with pytest.raises(ConflictError):
            storage.commit(settled(name, 1))
        (leased,) = storage.lease(now=NOON + minutes(2), until=NOON + minutes(9), limit=9)
        assert (leased.task_id, leased.attempt, leased.tries) == (name, 2, 1)
        with pytest.raises(ConflictError):
            storage.commit(settled(name, 1))
        storage.commit(settled(name, 2))

    def test_a_retry_after_a_revival_goes_on_counting_from_it(self, storage: Storage) -> None:
        storage.commit(Commit(at=NOON, tasks=(task("t"),)))
        storage.lease(now=NOON, until=NOON + minutes(1), limit=1)
        storage.commit(settled("t", 1, TaskOutcome.DEAD))
        assert storage.revive("t", due_at=NOON)
        storage.lease(now=NOON, until=NOON + minutes(1), limit=1)
        storage.commit(settled("t", 2, TaskOutcome.RETRY, NOON + minutes(5)))
        (waiting,) = storage.tasks("waiting")
        assert (waiting.attempt, waiting.revived, waiting.tries) == (2, 1, 1)

    def test_only_dead_and_dropped_tasks_can_be_revived(self, storage: Storage) -> None:
        five(storage)
        before = picture(storage)
        assert not any(storage.revive(name, due_at=NOON) for name in ("waiting", "leased", "done", "none"))
        assert picture(storage) == before

    @pytest.mark.parametrize("name", ["waiting", "dead"])
    def test_a_dropped_task_is_never_due(self, storage: Storage, name: str) -> None:
        five(storage)
        assert storage.drop(name, note="the customer called")
        (dropped,) = [each for each in storage.tasks("dropped") if each.task_id == name]
        assert dropped.note == "the customer called"
        later = storage.lease(now=NOON + minutes(999), until=NOON + minutes(1999), limit=9)
        assert name not in {each.task_id for each in later}
        storage.commit(Commit(at=NOON, tasks=(task(name),)))
        assert name in {each.task_id for each in storage.tasks("dropped")}

    def test_only_waiting_and_dead_tasks_can_be_dropped(self, storage: Storage) -> None:
        five(storage)
        before = picture(storage)
        assert not any(storage.drop(name, note="no") for name in ("leased", "done", "dropped", "none"))
        with pytest.raises(InputError):
            storage.drop("waiting", note="half\0")
        assert picture(storage) == before

    def test_what_was_done_to_tasks_in_a_group_that_falls_is_taken_back(self, storage: Storage) -> None:
        five(storage)
        before = picture(storage)
        with pytest.raises(StopHereError), storage.together():
            assert storage.extend("leased", 1, until=NOON + minutes(60))
            assert storage.revive("dead", due_at=NOON)
            assert storage.drop("waiting", note="no")
            raise StopHereError
        assert picture(storage) == before
        (again,) = storage.lease(now=NOON + minutes(5), until=NOON + minutes(9), limit=9)
        assert again.task_id == "leased"
