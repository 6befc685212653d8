"""Many commits in one call: answered in the order given, durable together, and one that is refused fails alone."""

from __future__ import annotations

import pytest

from omscore.errors import CommandKeyError, ConflictError, InputError, StockShortError
from omscore.ports.storage import Commit, StockLevel, Storage, StoredAnswer
from omscore.quantities import Move, StockPlace, StockState
from omscore.testing.conformance.storage.commits import (
    NOON,
    change,
    keyed,
    minutes,
    picture,
    received,
    reserved,
    settled,
    task,
)
from omscore.testing.conformance.storage.groups import StopHereError
from omscore.testing.conformance.storage.laws import StorageLaws


class BulkLaws(StorageLaws):
    """Many commits in one call: answered in the order given, and one that is refused fails alone."""

    def test_each_commit_of_many_gets_its_own_answer_or_error_in_order(self, storage: Storage) -> None:
        storage.commit(received(3))
        storage.commit(keyed("old", "order:0"))
        results = storage.commit_many(
            (
                keyed("k1", "order:1"),
                reserved(2, command_key="k2", answer="two"),
                keyed("k3", "order:1"),
                reserved(2, command_key="k4", changes=(change("order:4"),), tasks=(task("t4"),)),
                Commit(at=NOON, command_key="old", fingerprint="other", answer="no"),
                Commit(at=NOON, command_key="k6", changes=(change("bad\0"),)),
                settled("t4", 1),
                keyed("old", "order:7"),
                reserved(1, command_key="k8", answer="one"),
            )
        )
        assert [each if isinstance(each, str) else type(each) for each in results] == [
            "order:1!",
            "two",
            ConflictError,
            StockShortError,
            CommandKeyError,
            InputError,
            ConflictError,
            "order:0!",
            "one",
        ]
        short = results[3]
        assert isinstance(short, StockShortError)
        assert short.fields["shortfalls"] == (("TEA", "MUC", "general", "sellable", 2, 1),)
        assert [row.stream for row in storage.streams()] == ["order:0", "order:1"]
        assert [key for key, _ in storage.answers()] == ["k1", "k2", "k8", "old"]
        assert storage.stock(["TEA"]) == (StockLevel("TEA", "MUC", "general", reserved=3),)
        assert storage.tasks("waiting") == ()

    def test_a_commit_of_many_sees_those_before_it(self, storage: Storage) -> None:
        results = storage.commit_many(
            (
                received(1),
                Commit(at=NOON, changes=(change("a"),), tasks=(task("t"),)),
                Commit(at=NOON, changes=(change("a", 1),)),
                Commit(at=NOON, changes=(change("a", 1),)),
                reserved(1),
                reserved(1),
                Commit(at=NOON, changes=(change("a", 2),), tasks=(task("t", NOON + minutes(9)),)),
            )
        )
        assert [isinstance(each, str) for each in results] == [True, True, True, False, True, False, True]
        assert [event.version for event in storage.events(stream="a")] == [1, 2, 3]
        assert storage.next_due() == NOON

    def test_no_commit_of_many_takes_what_only_a_later_one_puts_there(self, storage: Storage) -> None:
        storage.commit(received(3))
        here, there = (StockPlace("MUC", "general", state) for state in (StockState.RESERVED, StockState.ALLOCATED))
        allocated = Commit(at=NOON, moves=(Move("TEA", 2, here, there),))
        results = storage.commit_many((reserved(1), allocated, reserved(2)))
        assert [isinstance(each, str) for each in results] == [True, False, True]
        assert storage.stock(["TEA"]) == (StockLevel("TEA", "MUC", "general", reserved=3),)
        assert storage.commit_many((allocated,)) == ("",)
        assert storage.stock(["TEA"]) == (StockLevel("TEA", "MUC", "general", reserved=1, allocated=2),)

    def test_a_command_key_counts_among_many(self, storage: Storage) -> None:
        first = Commit(at=NOON, command_key="k", fingerprint="f", answer="first", changes=(change("a"),))
        again = Commit(at=NOON, command_key="k", fingerprint="f", answer="again", changes=(change("b"),))
        assert storage.commit_many((first, again)) == ("first", "first")
        assert storage.commit_many((again, first)) == ("first", "first")
        assert storage.answer("k") == StoredAnswer("f", "first")
        assert [row.stream for row in storage.streams()] == ["a"]

    def test_no_commits_are_no_answers(self, storage: Storage) -> None:
        before = picture(storage)
        assert storage.commit_many(()) == ()
        assert picture(storage) == before

    def test_many_commits_within_a_group_fall_with_it(self, storage: Storage) -> None:
        storage.commit(received(3))
        before = picture(storage)
        with pytest.raises(StopHereError), storage.together():
            storage.commit(keyed("k1", "order:1"))
            answered, refused = storage.commit_many((reserved(2), reserved(2)))
            assert (answered, type(refused)) == ("", StockShortError)
            assert storage.stock(["TEA"])[0].reserved == 2
            raise StopHereError
        assert picture(storage) == before
        with storage.together():
            storage.commit_many((reserved(2), reserved(2)))
            storage.commit(reserved(1))
        assert storage.stock(["TEA"]) == (StockLevel("TEA", "MUC", "general", reserved=3),)
