"""A checkpoint seals every stream that changed since the last one, over the last one's seal."""

from __future__ import annotations

from datetime import timedelta, timezone

import pytest

from omscore.ports.storage import Checkpoint, CheckpointSeal, Commit, Storage
from omscore.testing.conformance.storage.commits import NOON, change, lived, minutes, received
from omscore.testing.conformance.storage.laws import StorageLaws


class CheckpointLaws(StorageLaws):
    """A checkpoint seals every stream that changed since the last one, over the last one's seal."""

    def test_a_checkpoint_seals_the_heads_of_the_streams_that_changed_since_the_last_one(
        self, storage: Storage
    ) -> None:
        lived(storage)
        first = storage.checkpoint(NOON)
        storage.commit(Commit(at=NOON, changes=(change("order/o2", 1, events=2), change("order/o9"))))
        second = storage.checkpoint(NOON + minutes(5))
        assert [first, second] == list(storage.checkpoints())
        assert (first.number, first.heads, first.answers, first.claims) == (1, 2, 1, 1)
        assert (second.number, second.heads, second.at) == (2, 2, NOON + minutes(5))
        heads = list(storage.heads())
        assert [(head.stream, head.version, head.number) for head in heads] == [
            ("order/o1", 1, 1),
            ("order/o2", 1, 1),
            ("order/o2", 3, 2),
            ("order/o9", 1, 2),
        ]
        chains = {(event.stream, event.version): event.chain for event in storage.events()}
        assert all(head.chain == chains[head.stream, head.version] for head in heads)

    def test_a_checkpoint_is_sealed_over_the_one_before_it(self, storage: Storage) -> None:
        lived(storage)
        storage.checkpoint(NOON)
        storage.commit(Commit(at=NOON, changes=(change("order/o1", 1),)))
        storage.checkpoint(NOON)
        digest = ""
        for each in storage.checkpoints():
            seal = CheckpointSeal(
                previous=digest, number=each.number, at=each.at, answers=each.answers, claims=each.claims
            )
            for head in storage.heads():
                if head.number == each.number:
                    seal.add(head)
            digest = seal.digest()
            assert digest == each.digest

    def test_a_checkpoint_over_nothing_new_is_the_last_one(self, storage: Storage) -> None:
        assert storage.checkpoint(NOON) == Checkpoint(1, NOON, 0, 0, 0, storage.checkpoint(NOON).digest)
        lived(storage)
        second = storage.checkpoint(NOON)
        storage.commit(received(1))
        assert storage.checkpoint(NOON + minutes(9)) == second
        assert len(list(storage.checkpoints())) == 2

    def test_the_moment_of_a_checkpoint_is_told_in_utc(self, storage: Storage) -> None:
        made = storage.checkpoint(NOON.astimezone(timezone(timedelta(hours=2))))
        assert made == next(storage.checkpoints())
        assert made.at.utcoffset() == timedelta(0)

    def test_a_checkpoint_within_a_group_that_falls_was_never_taken(self, storage: Storage) -> None:
        lived(storage)
        with pytest.raises(RuntimeError), storage.together():
            storage.commit(Commit(at=NOON, changes=(change("order/o9"),)))
            storage.checkpoint(NOON)
            raise RuntimeError
        assert list(storage.checkpoints()) == []
        assert storage.checkpoint(NOON).heads == 2
