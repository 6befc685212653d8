"""A commit is applied wholly or refused whole, and one of a shape that the port forbids is refused."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest

from omscore.errors import InputError, OmsError
from omscore.ids import PersonId
from omscore.ports.storage import Claim, Commit, IndexEntry, SeenStream, Storage, StreamChange
from omscore.records import changed
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


class WholenessLaws(StorageLaws):
    """A commit is applied wholly or refused whole, and one of a shape that the port forbids is refused."""

    def test_a_change_without_an_event_is_refused(self, storage: Storage) -> None:
        with pytest.raises(InputError):
            storage.commit(
                Commit(at=NOON, changes=(StreamChange(stream="a", expected_version=0, state="{}", events=()),))
            )

    def test_one_stream_listed_twice_in_a_commit_is_refused(self, storage: Storage) -> None:
        with pytest.raises(InputError):
            storage.commit(Commit(at=NOON, changes=(change("a"), change("a", 1))))
        with pytest.raises(InputError):
            storage.commit(Commit(at=NOON, changes=(change("a"),), unchanged=(SeenStream("a", 1),)))
        assert storage.counts()["streams"] == 0

    @pytest.mark.parametrize(
        "fault",
        [
            {"changes": (change("b"), change("a", 7))},
            {"unchanged": (SeenStream("a", 7),)},
            {"claims": (Claim(name="new", stream="b"), Claim(name="taken", stream="b"))},
            {"settlements": settled("t", 1).settlements + settled("t", 9).settlements},
            {"moves": received(5, "CUP").moves + reserved(4).moves},
            {"moves": received(2**63 - 1).moves},
        ],
        ids=["version", "seen", "claim", "settlement", "stock", "units"],
    )
    @pytest.mark.parametrize("grouped", [False, True])
    def test_a_commit_is_all_or_nothing(self, storage: Storage, fault: dict[str, Any], grouped: bool) -> None:
        entry = IndexEntry("open", "web", "1")
        storage.commit(changed(received(3), claims=(Claim(name="taken", stream="a"),), tasks=(task("t"),)))
        storage.commit(document("per_1", "Ada"))
        storage.lease(now=NOON, until=NOON + minutes(1), limit=1)
        whole = Commit(
            at=NOON,
            command_key="k",
            answer="made",
            changes=(change("b", events=2, listed=(entry,)),),
            moves=reserved(3).moves,
            tasks=(task("u"),),
            claims=(Claim(name="new", stream="b"),),
            settlements=settled("t", 1).settlements,
            vault=document("per_1", "Ada Lovelace").vault,
        )
        before = picture(storage)
        with storage.together() if grouped else nullcontext(), pytest.raises(OmsError):
            storage.commit(changed(whole, **fault))
        assert picture(storage) == before
        assert (storage.answer("k"), storage.claimed("new")) == (None, None)
        assert storage.vault_get(PersonId("per_1"), "person") == "Ada"
        assert storage.commit(whole) == "made"
        assert picture(storage) != before

    def test_a_sound_store_finds_nothing_wrong_with_itself(self, storage: Storage) -> None:
        storage.commit(received(3))
        storage.commit(Commit(at=NOON, changes=(change("a", listed=(IndexEntry("open", "web", "1"),)),)))
        assert storage.check_files() == ()
        assert storage.counts() == {
            "streams": 1,
            "events": 1,
            "answers": 0,
            "claims": 0,
            "people": 0,
            "tasks.waiting": 0,
            "tasks.leased": 0,
            "tasks.done": 0,
            "tasks.dead": 0,
            "tasks.dropped": 0,
        }
