"""One moment can be read as a whole while the store is written to, and everything is listed by name."""

from __future__ import annotations

from omscore.ports.storage import Claim, Storage
from omscore.testing.conformance.storage.commits import (
    NOON,
    document,
    keyed,
    lived,
    minutes,
    picture,
    received,
    reserved,
    task,
)
from omscore.testing.conformance.storage.laws import StorageLaws


class SnapshotLaws(StorageLaws):
    """One moment can be read as a whole while the store is written to, and everything is listed by name."""

    def test_a_snapshot_goes_on_showing_its_moment_while_the_store_is_written_to(self, storage: Storage) -> None:
        lived(storage)
        with storage.snapshot() as view:
            before = picture(view)
            streams = view.streams()
            first = next(streams)
            storage.commit(keyed("k2", "order/o1", 1, tasks=(task("t2"),)))
            storage.commit(reserved(1))
            storage.commit(document("per_1", "Bob"))
            storage.checkpoint(NOON)
            assert storage.lease(now=NOON, until=NOON + minutes(1), limit=9)
            assert picture(view) == before
            assert [first, *streams] == list(before["streams"])  # type: ignore[call-overload]
            assert view.answer("k2") is None
            assert view.stock(["TEA"])[0].sellable == 5
        assert storage.answer("k2") is not None
        assert picture(storage) != before

    def test_a_snapshot_shows_what_the_store_shows(self, storage: Storage) -> None:
        lived(storage)
        storage.checkpoint(NOON)
        with storage.snapshot() as view:
            assert picture(view) == picture(storage)
            assert view.check_files() == ()

    def test_an_iterator_of_a_snapshot_given_up_half_way_is_no_burden(self, storage: Storage) -> None:
        lived(storage)
        with storage.snapshot() as view:
            next(view.events())
        storage.commit(received(1))

    def test_tasks_answers_and_claims_are_told_by_name(self, storage: Storage) -> None:
        lived(storage)
        storage.commit(keyed("k0", "order/o3", claims=(Claim(name="exchange:9", stream="order/o3"),)))
        assert [each.task_id for each in storage.all_tasks()] == ["t0", "t1"]
        assert [(key, known.fingerprint, known.answer) for key, known in storage.answers()] == [
            ("k0", "of k0", "order/o3!"),
            ("k1", "of k1", "order/o1!"),
        ]
        assert [(each.name, each.stream) for each in storage.claims()] == [
            ("exchange:9", "order/o3"),
            ("reference:1", "order/o1"),
        ]
