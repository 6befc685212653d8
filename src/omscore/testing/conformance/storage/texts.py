"""Moments and texts come back as they went in, and what not every database could keep is refused whole."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from omscore.errors import InputError
from omscore.ids import PersonId
from omscore.ports.storage import (
    Claim,
    Commit,
    EventRecord,
    IndexEntry,
    StockLevel,
    Storage,
    StoredAnswer,
    StreamChange,
    VaultWrite,
    chained,
)
from omscore.quantities import SUPPLIER, Move, StockPlace, StockState
from omscore.records import changed
from omscore.testing.conformance.storage.commits import NOON, change, document, picture, received, task
from omscore.testing.conformance.storage.laws import StorageLaws


class TextLaws(StorageLaws):
    """Moments and texts come back as they went in, and what not every database could keep is refused whole."""

    def test_a_moment_in_another_zone_is_the_same_moment_in_utc(self, storage: Storage) -> None:
        local = datetime(2026, 3, 1, 13, 0, 0, 7, tzinfo=timezone(timedelta(hours=1)))
        record = EventRecord("Noted", local, "{}")
        storage.commit(
            Commit(
                at=local,
                changes=(StreamChange(stream="a", expected_version=0, state="{}", events=(record,)),),
                tasks=(task("t", local),),
            )
        )
        (event,) = storage.events()
        assert event.at == local
        assert event.at.utcoffset() == timedelta(0)
        assert event.chain == chained("", EventRecord(event.name, event.at, event.body))
        assert storage.next_due() == local

    @pytest.mark.parametrize("part", ["at", "event", "task"])
    def test_a_moment_without_an_offset_is_refused_and_changes_nothing(self, storage: Storage, part: str) -> None:
        naive = NOON.replace(tzinfo=None)
        event = EventRecord("Noted", naive if part == "event" else NOON, "{}")
        commit = Commit(
            at=naive if part == "at" else NOON,
            changes=(change("b"), StreamChange(stream="a", expected_version=0, state="{}", events=(event,))),
            tasks=(task("t", naive if part == "task" else NOON),),
        )
        with pytest.raises(InputError):
            storage.commit(commit)
        assert storage.counts()["streams"] == 0

    def test_any_unicode_text_comes_back_unchanged(self, storage: Storage) -> None:
        text = "e\u0301\x01 \u202e\U0001f375 '\"; DROP TABLE events; --\r\n\ufeff"
        entry = IndexEntry(text, text, text)
        written = StreamChange(
            stream=text, expected_version=0, state=text, events=(EventRecord(text, NOON, text),), listed=(entry,)
        )
        shelf = StockPlace(text, text, StockState.HELD)
        storage.commit(
            Commit(
                at=NOON,
                command_key=text,
                fingerprint=text,
                answer=text,
                changes=(written,),
                moves=(Move(text, 2, SUPPLIER, shelf),),
                vault=(VaultWrite(person_id=PersonId(text), name=text, body=text),),
            )
        )
        assert storage.load([text], {})[text].state == text
        assert [(event.stream, event.name, event.body) for event in storage.events()] == [(text, text, text)]
        assert storage.answer(text) == StoredAnswer(text, text)
        assert storage.listed(text, text) == (text,)
        assert list(storage.index_entries()) == [(text, entry)]
        assert storage.stock([text]) == tuple(storage.stock_levels()) == (StockLevel(text, text, text, held=2),)
        assert storage.vault_get(PersonId(text), text) == text

    @pytest.mark.parametrize(
        "commit",
        [
            Commit(at=NOON, command_key="\ud800"),
            Commit(at=NOON, claims=(Claim(name="\ud800", stream="a"),)),
            received(1, "\ud800"),
            document("per_1", "\udfff"),
            Commit(
                at=NOON,
                changes=(
                    StreamChange(
                        stream="a", expected_version=0, state="{}", events=(EventRecord("Noted", NOON, "\ud800"),)
                    ),
                ),
            ),
        ],
    )
    def test_text_with_half_a_surrogate_pair_is_refused_and_changes_nothing(
        self, storage: Storage, commit: Commit
    ) -> None:
        before = picture(storage)
        with pytest.raises(InputError):
            storage.commit(changed(commit, tasks=(task("t"),)))
        assert picture(storage) == before

    @pytest.mark.parametrize(
        "commit",
        [
            Commit(at=NOON, changes=(change("a\0"),)),
            Commit(at=NOON, changes=(changed(change("a"), state="\0"),)),
            Commit(at=NOON, changes=(changed(change("a"), events=(EventRecord("Noted", NOON, "\0"),)),)),
            Commit(at=NOON, changes=(change("a", listed=(IndexEntry("open", "\0", "1"),)),)),
            Commit(at=NOON, command_key="k\0"),
            Commit(at=NOON, tasks=(task("t\0"),)),
            document("per_1", "A\0a"),
            received(1, "T\0A"),
        ],
    )
    def test_text_with_a_nul_is_refused_and_changes_nothing(self, storage: Storage, commit: Commit) -> None:
        before = picture(storage)
        with pytest.raises(InputError):
            storage.commit(changed(commit, claims=(Claim(name="c", stream="b"),)))
        assert picture(storage) == before
