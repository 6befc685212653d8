"""Streams are listed under index keys, by sort and then by name, in the order Python sorts text."""

from __future__ import annotations

from omscore.ports.storage import Commit, IndexEntry, Storage
from omscore.testing.conformance.storage.commits import NOON, change
from omscore.testing.conformance.storage.laws import StorageLaws


class IndexLaws(StorageLaws):
    """Streams are listed under index keys, by sort and then by name, in the order Python sorts text."""

    def test_an_index_lists_by_sort_then_stream(self, storage: Storage) -> None:
        for stream, sort in (("c", "2"), ("b", "10"), ("a", "2")):
            storage.commit(Commit(at=NOON, changes=(change(stream, listed=(IndexEntry("open", "web", sort),)),)))
        assert storage.listed("open", "web") == ("b", "a", "c")
        assert storage.listed("open", "web", limit=2) == ("b", "a")
        assert storage.listed("open", "web", limit=-1) == ()
        assert storage.listed("open", "store") == storage.listed("shut", "web") == ()

    def test_listing_twice_is_listing_once_and_unlisting_comes_first(self, storage: Storage) -> None:
        old, new = IndexEntry("open", "web", "1"), IndexEntry("open", "web", "2")
        storage.commit(Commit(at=NOON, changes=(change("a", listed=(old, old)),)))
        storage.commit(Commit(at=NOON, changes=(change("a", 1, listed=(old,)),)))
        assert storage.listed("open", "web") == ("a",)
        storage.commit(Commit(at=NOON, changes=(change("a", 2, listed=(new,), unlisted=(old, new)),)))
        assert list(storage.index_entries()) == [("a", new)]
        storage.commit(Commit(at=NOON, changes=(change("a", 3, unlisted=(new, old)),)))
        assert storage.listed("open", "web") == ()

    def test_every_index_entry_is_told_by_stream_then_entry(self, storage: Storage) -> None:
        entries = (IndexEntry("b", "k", "1"), IndexEntry("a", "z", "2"), IndexEntry("a", "k", "3"))
        storage.commit(Commit(at=NOON, changes=(change("y", listed=entries), change("x", listed=entries[:1]))))
        assert list(storage.index_entries()) == [("x", entries[0]), *(("y", entry) for entry in sorted(entries))]
