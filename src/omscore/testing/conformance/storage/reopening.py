"""A store that outlives its program: what was answered is there when it is opened again, and for others at once."""

from __future__ import annotations

import pytest

from omscore.errors import ConflictError
from omscore.ids import PersonId
from omscore.ports.storage import Commit, Storage
from omscore.records import changed
from omscore.testing.conformance.storage.commits import (
    NOON,
    change,
    keyed,
    lived,
    minutes,
    picture,
    reserved,
    settled,
    task,
)
from omscore.testing.conformance.storage.groups import StopHereError
from omscore.testing.conformance.storage.laws import NewStore, StorageLaws


class ReopeningLaws(StorageLaws):
    """A store that declares reopening: its opener may be called again, also while it is open."""

    def test_everything_answered_is_there_when_the_store_is_opened_again(self, new_store: NewStore) -> None:
        opener = new_store()
        with opener() as first:
            lived(first)
            first.checkpoint(NOON)
            first.lease(now=NOON, until=NOON + minutes(5), limit=1)
            with pytest.raises(StopHereError), first.together():
                first.commit(Commit(at=NOON, changes=(change("order/fallen"),)))
                raise StopHereError
            before = picture(first)
        with opener() as second:
            assert picture(second) == before
            assert second.vault_get(PersonId("per_1"), "person") == "Ada"
            assert second.commit(keyed("k1", "order/o1")) == "order/o1!"
            assert [each.task_id for each in second.lease(now=NOON, until=NOON + minutes(5), limit=9)] == ["t1"]
            second.commit(settled("t0", 1))

    def test_a_commit_is_seen_by_every_opening_at_once(self, new_store: NewStore) -> None:
        opener = new_store()
        with opener() as ours, opener() as theirs:
            lived(ours)
            assert picture(theirs) == picture(ours)
            theirs.commit(reserved(1))
            with pytest.raises(ConflictError):
                theirs.commit(Commit(at=NOON, changes=(change("order/o1"),)))
            assert ours.stock(["TEA"]) == theirs.stock(["TEA"])
            ours.commit(Commit(at=NOON, changes=(change("order/o1", 1),)))
            assert theirs.load(["order/o1"], {"order/o1": 1})["order/o1"].version == 2

    def test_a_stale_owner_in_another_opening_is_refused(self, new_store: NewStore) -> None:
        opener = new_store()
        with opener() as ours, opener() as theirs:
            ours.commit(Commit(at=NOON, tasks=(task("a"),)))
            (mine,) = ours.lease(now=NOON, until=NOON + minutes(5), limit=1)
            assert theirs.lease(now=NOON + minutes(4), until=NOON + minutes(9), limit=1) == ()
            (yours,) = theirs.lease(now=NOON + minutes(5), until=NOON + minutes(9), limit=1)
            assert not ours.extend("a", mine.attempt, until=NOON + minutes(99))
            with pytest.raises(ConflictError):
                ours.commit(changed(settled("a", mine.attempt), changes=(change("b"),)))
            theirs.commit(settled("a", yours.attempt))
            _only_done(ours)


def _only_done(storage: Storage) -> None:
    counts = storage.counts()
    assert (counts["tasks.done"], counts["streams"]) == (1, 0)
