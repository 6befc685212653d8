"""Commits made together are durable together; one of them that fails, fails alone."""

from __future__ import annotations

import pytest

from omscore.errors import StockShortError
from omscore.ids import PersonId
from omscore.ports.storage import Claim, Commit, IndexEntry, StockLevel, Storage, StoredAnswer, TaskOutcome
from omscore.testing.conformance.storage.commits import (
    NOON,
    change,
    document,
    minutes,
    picture,
    received,
    reserved,
    settled,
    task,
)
from omscore.testing.conformance.storage.laws import StorageLaws


class StopHereError(Exception):
    """Raised by a law to leave a group half-way."""


class GroupLaws(StorageLaws):
    """Commits made together are durable together; one of them that fails, fails alone."""

    def test_one_failing_commit_of_a_group_fails_alone(self, storage: Storage) -> None:
        storage.commit(received(3))
        with storage.together():
            storage.commit(reserved(2, changes=(change("order:1"),)))
            with pytest.raises(StockShortError) as caught:
                storage.commit(reserved(2, changes=(change("order:2"),), tasks=(task("t2"),)))
            storage.commit(reserved(1, changes=(change("order:3"),)))
        assert caught.value.fields["shortfalls"] == (("TEA", "MUC", "general", "sellable", 2, 1),)
        assert [row.stream for row in storage.streams()] == ["order:1", "order:3"]
        assert storage.stock(["TEA"]) == (StockLevel("TEA", "MUC", "general", reserved=3),)
        assert storage.tasks("waiting") == ()

    def test_an_exception_that_leaves_a_group_takes_the_whole_group_back(self, storage: Storage) -> None:
        entry = IndexEntry("open", "web", "1")
        storage.commit(received(3))
        storage.commit(document("per_1", "Ada"))
        storage.commit(
            Commit(at=NOON, changes=(change("a", listed=(entry,)),), tasks=(task("t"), task("u"), task("v")))
        )
        storage.lease(now=NOON, until=NOON + minutes(1), limit=1)
        before = picture(storage)
        with pytest.raises(StopHereError), storage.together():
            storage.commit(reserved(2, command_key="k", changes=(change("a", 1, unlisted=(entry,)), change("b"))))
            storage.commit(settled("t", 1))
            storage.lease(now=NOON, until=NOON + minutes(1), limit=1)
            storage.commit(settled("u", 1, TaskOutcome.RETRY, NOON + minutes(3)))
            storage.commit(
                Commit(at=NOON, claims=(Claim(name="r", stream="a"),), tasks=(task("w", NOON - minutes(9)),))
            )
            storage.commit(document("per_1", "Ada Lovelace"))
            storage.vault_erase(PersonId("per_1"))
            assert storage.next_due() == NOON - minutes(9)
            raise StopHereError
        assert picture(storage) == before
        assert (storage.answer("k"), storage.claimed("r")) == (None, None)
        assert storage.vault_get(PersonId("per_1"), "person") == "Ada"
        assert [leased.task_id for leased in storage.lease(now=NOON, until=NOON + minutes(2), limit=9)] == ["u", "v"]

    def test_a_group_within_a_group_joins_it(self, storage: Storage) -> None:
        with pytest.raises(StopHereError), storage.together():
            with storage.together():
                storage.commit(Commit(at=NOON, changes=(change("a"),)))
            assert storage.counts()["streams"] == 1
            raise StopHereError
        assert storage.counts()["streams"] == 0
        with storage.together(), storage.together():
            storage.commit(Commit(at=NOON, changes=(change("a"),)))
        assert storage.counts()["streams"] == 1

    def test_a_command_key_counts_within_its_group(self, storage: Storage) -> None:
        with storage.together():
            assert storage.commit(Commit(at=NOON, command_key="k", fingerprint="f", answer="first")) == "first"
            assert storage.commit(Commit(at=NOON, command_key="k", fingerprint="f", answer="second")) == "first"
        assert storage.answer("k") == StoredAnswer("f", "first")
