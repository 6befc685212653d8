"""A command key has one answer for ever, and an outside name leads to one stream."""

from __future__ import annotations

import pytest

from omscore.errors import CommandKeyError, ConflictError, StockShortError
from omscore.ports.storage import Claim, Commit, Storage, StoredAnswer
from omscore.records import changed
from omscore.testing.conformance.storage.commits import NOON, change, picture, received, reserved, task
from omscore.testing.conformance.storage.laws import StorageLaws


class KeyLaws(StorageLaws):
    """A command key has one answer for ever, and an outside name leads to one stream."""

    def test_same_command_key_and_same_content_gives_the_same_answer(self, storage: Storage) -> None:
        storage.commit(received(1))
        commit = reserved(
            1, command_key="k", fingerprint="f", answer="first", changes=(change("order:1"),), tasks=(task("t"),)
        )
        assert storage.commit(commit) == "first"
        before = picture(storage)
        assert storage.commit(changed(commit, answer="second")) == "first"
        assert picture(storage) == before
        assert storage.answer("k") == StoredAnswer("f", "first")

    def test_same_command_key_and_other_content_is_an_error(self, storage: Storage) -> None:
        storage.commit(Commit(at=NOON, command_key="k", fingerprint="f", answer="first"))
        with pytest.raises(CommandKeyError):
            storage.commit(Commit(at=NOON, command_key="k", fingerprint="g", answer="second", tasks=(task("t"),)))
        assert storage.answer("k") == StoredAnswer("f", "first")
        assert storage.tasks("waiting") == ()

    def test_of_many_command_keys_those_used_before_are_told(self, storage: Storage) -> None:
        keys = [f"k{number}" for number in range(20)]
        assert storage.known(keys) == {}
        for key in keys[::3]:
            storage.commit(Commit(at=NOON, command_key=key, fingerprint="f", answer=f"to {key}"))
        assert storage.known(keys) == {key: StoredAnswer("f", f"to {key}") for key in keys[::3]}
        assert storage.known([]) == {}

    def test_a_failed_commit_leaves_its_command_key_free(self, storage: Storage) -> None:
        with pytest.raises(StockShortError):
            storage.commit(reserved(1, command_key="k", fingerprint="f", answer="first"))
        storage.commit(received(1))
        assert storage.commit(reserved(1, command_key="k", fingerprint="g", answer="second")) == "second"

    def test_a_claim_is_held_by_one_stream(self, storage: Storage) -> None:
        storage.commit(Commit(at=NOON, claims=(Claim(name="reference:1", stream="order:1"),)))
        storage.commit(Commit(at=NOON, claims=(Claim(name="reference:1", stream="order:1"),)))
        with pytest.raises(ConflictError) as caught:
            storage.commit(
                Commit(
                    at=NOON,
                    changes=(change("order:2"),),
                    claims=(Claim(name="reference:2", stream="order:2"), Claim(name="reference:1", stream="order:2")),
                )
            )
        assert caught.value.fields["holder"] == "order:1"
        assert (storage.claimed("reference:1"), storage.claimed("reference:2")) == ("order:1", None)
        assert storage.counts()["streams"] == 0

    def test_two_streams_in_one_commit_cannot_take_the_same_name(self, storage: Storage) -> None:
        with pytest.raises(ConflictError):
            storage.commit(Commit(at=NOON, claims=(Claim(name="r", stream="a"), Claim(name="r", stream="b"))))
        assert storage.claimed("r") is None
