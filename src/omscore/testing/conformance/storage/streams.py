"""What a store owes the streams: the latest state of each, and one log in the order of commits, sealed."""

from __future__ import annotations

import pytest

from omscore.errors import ConflictError
from omscore.ports.storage import Commit, EventRecord, SeenStream, Storage, StoredState, chained
from omscore.records import changed
from omscore.testing.conformance.storage.commits import NOON, change, picture
from omscore.testing.conformance.storage.laws import StorageLaws


class StreamLaws(StorageLaws):
    """What a store owes the streams: the latest state of each, and one log in the order of commits, sealed."""

    def test_a_stream_comes_back_as_it_was_last_committed(self, storage: Storage) -> None:
        storage.commit(Commit(at=NOON, changes=(change("order:1", events=2),)))
        storage.commit(Commit(at=NOON, changes=(change("order:1", 2),)))
        assert storage.load(["order:1", "order:2"], {}) == {"order:1": StoredState(3, "order:1 at 3")}

    def test_a_state_is_only_sent_to_whom_it_is_news(self, storage: Storage) -> None:
        storage.commit(Commit(at=NOON, changes=(change("order:1", events=2),)))
        assert storage.load(["order:1"], {"order:1": 2}) == {"order:1": StoredState(2, None)}
        assert storage.load(["order:1"], {"order:1": 1}) == {"order:1": StoredState(2, "order:1 at 2")}

    @pytest.mark.parametrize("expected", [0, 1, 3])
    def test_a_change_of_another_version_is_a_conflict_and_changes_nothing(
        self, storage: Storage, expected: int
    ) -> None:
        storage.commit(Commit(at=NOON, changes=(change("order:1", events=2),)))
        before = picture(storage)
        with pytest.raises(ConflictError) as caught:
            storage.commit(Commit(at=NOON, changes=(change("order:2"), change("order:1", expected)), command_key="k"))
        assert (caught.value.fields["stream"], caught.value.fields["found"]) == ("order:1", 2)
        assert picture(storage) == before
        assert storage.answer("k") is None

    def test_a_change_of_a_stream_that_is_not_there_is_a_conflict(self, storage: Storage) -> None:
        with pytest.raises(ConflictError):
            storage.commit(Commit(at=NOON, changes=(change("order:1", 1),)))
        assert storage.counts()["events"] == 0

    @pytest.mark.parametrize("seen", [1, 3, 7])
    @pytest.mark.parametrize("begun", [False, True])
    def test_a_commit_is_not_made_once_what_it_looked_at_has_changed(
        self, storage: Storage, seen: int, begun: bool
    ) -> None:
        storage.commit(Commit(at=NOON, changes=(change("b"), change("order:1", events=2))))
        mine = change("b", 1) if begun else change("a")
        outdated = Commit(at=NOON, changes=(mine,), unchanged=(SeenStream("order:1", seen),), command_key="k")
        before = picture(storage)
        with pytest.raises(ConflictError) as caught:
            storage.commit(outdated)
        assert (caught.value.fields["stream"], caught.value.fields["found"]) == ("order:1", 2)
        (refused,) = storage.commit_many([outdated])
        assert isinstance(refused, ConflictError)
        assert picture(storage) == before
        current = changed(outdated, unchanged=(SeenStream("order:1", 2),))
        storage.commit(current)
        assert storage.load(["order:1"], {}) == {"order:1": StoredState(2, "order:1 at 2")}
        again = changed(current, changes=(change(mine.stream, mine.expected_version + 1),), command_key=None)
        assert storage.commit_many([again]) == ("",)
        assert len(list(storage.events(stream="order:1"))) == 2

    def test_the_log_is_in_commit_order_and_sealed(self, storage: Storage) -> None:
        storage.commit(Commit(at=NOON, changes=(change("b", events=2), change("a"))))
        with pytest.raises(ConflictError):
            storage.commit(Commit(at=NOON, changes=(change("c"), change("a"))))
        storage.commit(Commit(at=NOON, changes=(change("a", 1, events=2),)))
        log = list(storage.events())
        assert [(event.stream, event.version) for event in log] == [("b", 1), ("b", 2), ("a", 1), ("a", 2), ("a", 3)]
        assert [event.seq for event in log] == sorted({event.seq for event in log})
        assert list(storage.events(stream="a")) == log[2:]
        seals = {"a": "", "b": ""}
        for event in log:
            seals[event.stream] = chained(seals[event.stream], EventRecord(event.name, event.at, event.body))
            assert event.chain == seals[event.stream]
        assert {stream.stream: stream.chain for stream in storage.streams()} == seals

    def test_streams_are_found_by_the_start_of_their_name(self, storage: Storage) -> None:
        names = ["a", "order:", "order:1", "order:10", "order:\U0010ffff", "order;", "orde", "\u00e9"]
        storage.commit(Commit(at=NOON, changes=tuple(change(name) for name in names)))
        assert [row.stream for row in storage.streams("order:")] == [
            "order:",
            "order:1",
            "order:10",
            "order:\U0010ffff",
        ]
        assert [row.stream for row in storage.streams()] == sorted(names)
        assert [(row.version, row.state) for row in storage.streams("order:10")] == [(1, "order:10 at 1")]
