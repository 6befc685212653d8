"""What a store owes those who look after it: one moment to read, everything listed, checkpoints, and rows mended."""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import Any

import pytest

from omscore.errors import ConflictError
from omscore.ports.repairs import ClaimCure, Cure, EntryCure, StateCure, StockCure
from omscore.ports.storage import Checkpoint, CheckpointSeal, Claim, Commit, IndexEntry, StockLevel, Storage
from tests.adapters.storage.commits import NOON, change, document, minutes, picture, received, reserved, task

WEB = IndexEntry("open", "web", "1")


def keyed(key: str, stream: str, version: int = 0, **parts: Any) -> Commit:
    return Commit(
        at=NOON,
        command_key=key,
        fingerprint=f"of {key}",
        answer=f"{stream}!",
        changes=(change(stream, version),),
        **parts,
    )


def lived(storage: Storage) -> None:
    """A bit of everything."""
    storage.commit(keyed("k1", "order/o1", claims=(Claim(name="reference:1", stream="order/o1"),)))
    storage.commit(Commit(at=NOON, changes=(change("order/o2", listed=(WEB,)),), tasks=(task("t1"), task("t0"))))
    storage.commit(received(7))
    storage.commit(reserved(2))
    storage.commit(document("per_1", "Ada"))


def test_a_snapshot_goes_on_showing_its_moment_while_the_store_is_written_to(storage: Storage) -> None:
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


def test_a_snapshot_shows_what_the_store_shows(storage: Storage) -> None:
    lived(storage)
    storage.checkpoint(NOON)
    with storage.snapshot() as view:
        assert picture(view) == picture(storage)
        assert view.check_files() == ()


def test_an_iterator_of_a_snapshot_given_up_half_way_is_no_burden(storage: Storage) -> None:
    lived(storage)
    with storage.snapshot() as view:
        next(view.events())
    storage.commit(received(1))


def test_tasks_answers_and_claims_are_told_by_name(storage: Storage) -> None:
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


def test_a_checkpoint_seals_the_heads_of_the_streams_that_changed_since_the_last_one(storage: Storage) -> None:
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


def test_a_checkpoint_is_sealed_over_the_one_before_it(storage: Storage) -> None:
    lived(storage)
    storage.checkpoint(NOON)
    storage.commit(Commit(at=NOON, changes=(change("order/o1", 1),)))
    storage.checkpoint(NOON)
    digest = ""
    for each in storage.checkpoints():
        seal = CheckpointSeal(previous=digest, number=each.number, at=each.at, answers=each.answers, claims=each.claims)
        for head in storage.heads():
            if head.number == each.number:
                seal.add(head)
        digest = seal.digest()
        assert digest == each.digest


def test_a_checkpoint_over_nothing_new_is_the_last_one(storage: Storage) -> None:
    assert storage.checkpoint(NOON) == Checkpoint(1, NOON, 0, 0, 0, storage.checkpoint(NOON).digest)
    lived(storage)
    second = storage.checkpoint(NOON)
    storage.commit(received(1))
    assert storage.checkpoint(NOON + minutes(9)) == second
    assert len(list(storage.checkpoints())) == 2


def test_the_moment_of_a_checkpoint_is_told_in_utc(storage: Storage) -> None:
    made = storage.checkpoint(NOON.astimezone(timezone(timedelta(hours=2))))
    assert made == next(storage.checkpoints())
    assert made.at.utcoffset() == timedelta(0)


def test_a_checkpoint_within_a_group_that_falls_was_never_taken(storage: Storage) -> None:
    lived(storage)
    with pytest.raises(RuntimeError), storage.together():
        storage.commit(Commit(at=NOON, changes=(change("order/o9"),)))
        storage.checkpoint(NOON)
        raise RuntimeError
    assert list(storage.checkpoints()) == []
    assert storage.checkpoint(NOON).heads == 2


TEA = StockLevel("TEA", "MUC", "general", sellable=5, reserved=2)


@pytest.mark.parametrize(
    "cures",
    [
        (StateCure(stream="order/o1", version=1, state="anew"),),
        (StockCure(was=TEA, becomes=TEA._replace(sellable=6)),),
        (StockCure(was=TEA, becomes=None),),
        (StockCure(was=None, becomes=StockLevel("CUP", "MUC", "general", sellable=1)),),
        (EntryCure(stream="order/o2", version=1, entry=WEB, is_listed=False),),
        (EntryCure(stream="order/o1", version=1, entry=WEB, is_listed=True),),
        (ClaimCure(name="reference:1", was="order/o1", becomes="order/o2"),),
        (ClaimCure(name="reference:1", was="order/o1", becomes=None),),
        (ClaimCure(name="reference:2", was=None, becomes="order/o2"),),
    ],
)
def test_derived_rows_are_written_as_the_cure_says_and_nothing_else_changes(
    storage: Storage, cures: tuple[Cure, ...]
) -> None:
    lived(storage)
    before = picture(storage)
    storage.mend(cures)  # type: ignore[attr-defined]
    after = picture(storage)
    (cure,) = cures
    changed = {name for name in after if after[name] != before[name]}
    match cure:
        case StateCure():
            assert changed == {"streams"}
            assert storage.load(["order/o1"], {})["order/o1"].state == "anew"
        case StockCure():
            assert changed == {"stock"}
            assert (cure.becomes in after["stock"]) is (cure.becomes is not None)  # type: ignore[operator]
            assert cure.was is None or cure.was not in after["stock"]  # type: ignore[operator]
        case EntryCure():
            assert changed == {"entries"}
            assert ((cure.stream, WEB) in after["entries"]) is cure.is_listed  # type: ignore[operator]
        case ClaimCure():
            assert changed <= {"claims", "counts"}
            assert storage.claimed(cure.name) == cure.becomes
    assert storage.check_files() == ()


@pytest.mark.parametrize(
    "late",
    [
        StateCure(stream="order/o1", version=2, state="anew"),
        StateCure(stream="order/gone", version=1, state="anew"),
        StockCure(was=TEA._replace(sellable=4), becomes=TEA),
        StockCure(was=None, becomes=TEA),
        EntryCure(stream="order/o2", version=3, entry=WEB, is_listed=False),
        ClaimCure(name="reference:1", was="order/o7", becomes=None),
        ClaimCure(name="reference:1", was=None, becomes="order/o2"),
    ],
)
def test_a_repair_of_what_has_changed_since_is_refused_and_changes_nothing(storage: Storage, late: Cure) -> None:
    lived(storage)
    before = picture(storage)
    early = StateCure(stream="order/o2", version=1, state="anew")
    with pytest.raises(ConflictError, match="audit again"):
        storage.mend((early, late))  # type: ignore[attr-defined]
    assert picture(storage) == before
