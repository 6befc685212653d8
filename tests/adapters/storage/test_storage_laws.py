"""What every store promises, one law per test, held against each adapter."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import datetime, timedelta, timezone
from threading import Thread
from typing import Any

import attrs
import pytest

from omscore.errors import CommandKeyError, ConflictError, InputError, OmsError, StockShortError
from omscore.ids import PersonId
from omscore.ports.storage import (
    Claim,
    Commit,
    EventRecord,
    IndexEntry,
    StockLevel,
    Storage,
    StoredAnswer,
    StoredState,
    StreamChange,
    TaskOutcome,
    VaultWrite,
    chained,
)
from omscore.quantities import CUSTOMER, SUPPLIER, Move, StockPlace, StockState
from tests.adapters.storage.commits import (
    NOON,
    SHELF,
    TAKEN,
    change,
    document,
    minutes,
    picture,
    received,
    reserved,
    settled,
    task,
)


class StopHereError(Exception):
    """Raised by a test to leave a group half-way."""


# --- streams and their log ---


def test_a_stream_comes_back_as_it_was_last_committed(storage: Storage) -> None:
    storage.commit(Commit(at=NOON, changes=(change("order:1", events=2),)))
    storage.commit(Commit(at=NOON, changes=(change("order:1", 2),)))
    assert storage.load(["order:1", "order:2"], {}) == {"order:1": StoredState(3, "order:1 at 3")}


def test_a_state_is_only_sent_to_whom_it_is_news(storage: Storage) -> None:
    storage.commit(Commit(at=NOON, changes=(change("order:1", events=2),)))
    assert storage.load(["order:1"], {"order:1": 2}) == {"order:1": StoredState(2, None)}
    assert storage.load(["order:1"], {"order:1": 1}) == {"order:1": StoredState(2, "order:1 at 2")}


@pytest.mark.parametrize("expected", [0, 1, 3])
def test_a_change_of_another_version_is_a_conflict_and_changes_nothing(storage: Storage, expected: int) -> None:
    storage.commit(Commit(at=NOON, changes=(change("order:1", events=2),)))
    before = picture(storage)
    with pytest.raises(ConflictError) as caught:
        storage.commit(Commit(at=NOON, changes=(change("order:2"), change("order:1", expected)), command_key="k"))
    assert (caught.value.fields["stream"], caught.value.fields["found"]) == ("order:1", 2)
    assert picture(storage) == before
    assert storage.answer("k") is None


def test_a_change_of_a_stream_that_is_not_there_is_a_conflict(storage: Storage) -> None:
    with pytest.raises(ConflictError):
        storage.commit(Commit(at=NOON, changes=(change("order:1", 1),)))
    assert storage.counts()["events"] == 0


def test_the_log_is_in_commit_order_without_gaps_and_sealed(storage: Storage) -> None:
    storage.commit(Commit(at=NOON, changes=(change("b", events=2), change("a"))))
    with pytest.raises(ConflictError):
        storage.commit(Commit(at=NOON, changes=(change("c"), change("a"))))
    storage.commit(Commit(at=NOON, changes=(change("a", 1, events=2),)))
    log = list(storage.events())
    assert [(event.stream, event.version) for event in log] == [("b", 1), ("b", 2), ("a", 1), ("a", 2), ("a", 3)]
    assert [event.seq for event in log] == sorted({event.seq for event in log})
    assert [event.seq for event in storage.events(stream="a")] == [3, 4, 5]
    seals = {"a": "", "b": ""}
    for event in log:
        seals[event.stream] = chained(seals[event.stream], EventRecord(event.name, event.at, event.body))
        assert event.chain == seals[event.stream]
    assert {stream.stream: stream.chain for stream in storage.streams()} == seals


def test_a_moment_in_another_zone_is_the_same_moment_in_utc(storage: Storage) -> None:
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
def test_a_moment_without_an_offset_is_refused_and_changes_nothing(storage: Storage, part: str) -> None:
    naive = NOON.replace(tzinfo=None)
    event = EventRecord("Noted", naive if part == "event" else NOON, "{}")
    commit = Commit(
        at=naive if part == "at" else NOON,
        changes=(change("b"), StreamChange(stream="a", expected_version=0, state="{}", events=(event,))),
        tasks=(task("t", naive if part == "task" else NOON),),
    )
    with pytest.raises(InputError, match="no offset"):
        storage.commit(commit)
    assert storage.counts()["streams"] == 0


def test_streams_are_found_by_the_start_of_their_name(storage: Storage) -> None:
    names = ["a", "order:", "order:1", "order:10", "order:\U0010ffff", "order;", "orde", "\u00e9"]
    storage.commit(Commit(at=NOON, changes=tuple(change(name) for name in names)))
    assert [row.stream for row in storage.streams("order:")] == ["order:", "order:1", "order:10", "order:\U0010ffff"]
    assert [row.stream for row in storage.streams()] == sorted(names)
    assert [(row.version, row.state) for row in storage.streams("order:10")] == [(1, "order:10 at 1")]


def test_any_unicode_text_comes_back_unchanged(storage: Storage) -> None:
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
def test_text_with_half_a_surrogate_pair_is_refused_and_changes_nothing(storage: Storage, commit: Commit) -> None:
    before = picture(storage)
    with pytest.raises(InputError, match="surrogates"):
        storage.commit(attrs.evolve(commit, tasks=(task("t"),)))
    assert picture(storage) == before


def test_text_with_a_nul_is_refused_and_changes_nothing(storage: Storage) -> None:
    before = picture(storage)
    with pytest.raises(InputError, match="NUL"):
        storage.commit(Commit(at=NOON, changes=(change("a"),), tasks=(task("t\0"),)))
    assert picture(storage) == before


def test_a_change_without_an_event_is_refused(storage: Storage) -> None:
    with pytest.raises(InputError, match="brings no event"):
        storage.commit(Commit(at=NOON, changes=(StreamChange(stream="a", expected_version=0, state="{}", events=()),)))


def test_one_stream_listed_twice_in_a_commit_is_refused(storage: Storage) -> None:
    with pytest.raises(InputError, match="listed twice"):
        storage.commit(Commit(at=NOON, changes=(change("a"), change("a", 1))))
    assert storage.counts()["streams"] == 0


@pytest.mark.parametrize(
    "fault",
    [
        {"changes": (change("b"), change("a", 7))},
        {"claims": (Claim(name="new", stream="b"), Claim(name="taken", stream="b"))},
        {"settlements": settled("t", 1).settlements + settled("t", 9).settlements},
        {"moves": received(5, "CUP").moves + reserved(4).moves},
        {"moves": received(2**63 - 1).moves},
    ],
    ids=["version", "claim", "settlement", "stock", "units"],
)
@pytest.mark.parametrize("grouped", [False, True])
def test_a_commit_is_all_or_nothing(storage: Storage, fault: dict[str, Any], grouped: bool) -> None:
    entry = IndexEntry("open", "web", "1")
    storage.commit(attrs.evolve(received(3), claims=(Claim(name="taken", stream="a"),), tasks=(task("t"),)))
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
        storage.commit(attrs.evolve(whole, **fault))
    assert picture(storage) == before
    assert (storage.answer("k"), storage.claimed("new")) == (None, None)
    assert storage.vault_get(PersonId("per_1"), "person") == "Ada"
    assert storage.commit(whole) == "made"
    assert picture(storage) != before


# --- stock ---


def test_no_cell_goes_below_zero(storage: Storage) -> None:
    storage.commit(received(2))
    storage.commit(received(9, "CUP"))
    before = picture(storage)
    picked = StockPlace("MUC", "general", StockState.PICKED)
    with pytest.raises(StockShortError) as caught:
        storage.commit(
            Commit(
                at=NOON,
                changes=(change("order:1"),),
                command_key="k",
                moves=(
                    Move("TEA", 3, SHELF, TAKEN),
                    Move("CUP", 4, SHELF, TAKEN),
                    Move("TEA", 1, picked, CUSTOMER),
                    Move("NEW", 5, SHELF, CUSTOMER),
                    Move("GOT", 5, SUPPLIER, SHELF),
                ),
            )
        )
    assert caught.value.fields["shortfalls"] == (
        ("NEW", "MUC", "general", "sellable", 5, 0),
        ("TEA", "MUC", "general", "sellable", 3, 2),
        ("TEA", "MUC", "general", "picked", 1, 0),
    )
    assert "TEA at MUC/general: 3 sellable wanted, 2 there" in str(caught.value)
    assert picture(storage) == before
    assert storage.answer("k") is None


def test_demand_on_one_cell_is_summed_before_it_is_checked(storage: Storage) -> None:
    storage.commit(received(5))
    with pytest.raises(StockShortError) as caught:
        storage.commit(Commit(at=NOON, moves=(Move("TEA", 3, SHELF, TAKEN), Move("TEA", 3, SHELF, TAKEN))))
    assert caught.value.fields["shortfalls"] == (("TEA", "MUC", "general", "sellable", 6, 5),)
    storage.commit(Commit(at=NOON, moves=(Move("TEA", 9, SHELF, TAKEN), Move("TEA", 9, TAKEN, SHELF))))
    assert storage.stock(["TEA"]) == (StockLevel("TEA", "MUC", "general", sellable=5),)


def test_the_last_unit_is_taken_once(storage: Storage) -> None:
    storage.commit(received(1))
    storage.commit(reserved(1))
    with pytest.raises(StockShortError):
        storage.commit(reserved(1))
    assert storage.stock(["TEA"]) == (StockLevel("TEA", "MUC", "general", reserved=1),)


def test_stock_is_told_by_sku_location_and_pool(storage: Storage) -> None:
    places = [("MUC", "web"), ("HAM", "general"), ("MUC", "general")]
    moves = [
        Move(sku, 1 + position, SUPPLIER, StockPlace(*place, StockState.EXPECTED))
        for sku in ("TEA", "CUP", "POT")
        for position, place in enumerate(places)
    ]
    storage.commit(Commit(at=NOON, moves=tuple(moves)))
    of_one = [(level.location, level.pool, level.expected) for level in storage.stock(["CUP"])]
    assert of_one == [("HAM", "general", 2), ("MUC", "general", 3), ("MUC", "web", 1)]
    asked = storage.stock(["TEA", "CUP", "CUP", "NONE"])
    assert [level.sku for level in asked] == ["CUP"] * 3 + ["TEA"] * 3
    everything = tuple(storage.stock_levels())
    assert everything == tuple(sorted(everything))
    assert len(everything) == 9


def test_a_long_order_moves_a_thousand_rows_at_once(storage: Storage) -> None:
    skus = [f"S{number:04d}" for number in range(1100)]
    storage.commit(Commit(at=NOON, moves=tuple(Move(sku, 2, SUPPLIER, SHELF) for sku in skus)))
    storage.commit(Commit(at=NOON, moves=tuple(Move(sku, 1, SHELF, TAKEN) for sku in reversed(skus))))
    assert {level[3:] for level in storage.stock_levels()} == {(1, 1, 0, 0, 0, 0, 0)}
    with pytest.raises(StockShortError) as caught:
        storage.commit(Commit(at=NOON, moves=tuple(Move(sku, 2, SHELF, TAKEN) for sku in skus)))
    shortfalls = caught.value.fields["shortfalls"]
    assert isinstance(shortfalls, tuple)
    assert [cell[0] for cell in shortfalls] == skus


def test_more_units_than_a_cell_can_hold_are_refused(storage: Storage) -> None:
    storage.commit(received(2**62))
    with pytest.raises(InputError, match="outgrow"):
        storage.commit(received(2**62))
    with pytest.raises(InputError, match="outgrow"):
        storage.commit(received(2**64))
    assert storage.stock(["TEA"]) == (StockLevel("TEA", "MUC", "general", sellable=2**62),)


# --- command keys and claims ---


def test_same_command_key_and_same_content_gives_the_same_answer(storage: Storage) -> None:
    storage.commit(received(1))
    commit = reserved(
        1, command_key="k", fingerprint="f", answer="first", changes=(change("order:1"),), tasks=(task("t"),)
    )
    assert storage.commit(commit) == "first"
    before = picture(storage)
    assert storage.commit(attrs.evolve(commit, answer="second")) == "first"
    assert picture(storage) == before
    assert storage.answer("k") == StoredAnswer("f", "first")


def test_same_command_key_and_other_content_is_an_error(storage: Storage) -> None:
    storage.commit(Commit(at=NOON, command_key="k", fingerprint="f", answer="first"))
    with pytest.raises(CommandKeyError, match="k was used before"):
        storage.commit(Commit(at=NOON, command_key="k", fingerprint="g", answer="second", tasks=(task("t"),)))
    assert storage.answer("k") == StoredAnswer("f", "first")
    assert storage.tasks("waiting") == ()


def test_a_failed_commit_leaves_its_command_key_free(storage: Storage) -> None:
    with pytest.raises(StockShortError):
        storage.commit(reserved(1, command_key="k", fingerprint="f", answer="first"))
    storage.commit(received(1))
    assert storage.commit(reserved(1, command_key="k", fingerprint="g", answer="second")) == "second"


def test_a_claim_is_held_by_one_stream(storage: Storage) -> None:
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


def test_two_streams_in_one_commit_cannot_take_the_same_name(storage: Storage) -> None:
    with pytest.raises(ConflictError):
        storage.commit(Commit(at=NOON, claims=(Claim(name="r", stream="a"), Claim(name="r", stream="b"))))
    assert storage.claimed("r") is None


# --- indexes ---


def test_an_index_lists_by_sort_then_stream(storage: Storage) -> None:
    for stream, sort in (("c", "2"), ("b", "10"), ("a", "2")):
        storage.commit(Commit(at=NOON, changes=(change(stream, listed=(IndexEntry("open", "web", sort),)),)))
    assert storage.listed("open", "web") == ("b", "a", "c")
    assert storage.listed("open", "web", limit=2) == ("b", "a")
    assert storage.listed("open", "web", limit=-1) == ()
    assert storage.listed("open", "store") == storage.listed("shut", "web") == ()


def test_listing_twice_is_listing_once_and_unlisting_comes_first(storage: Storage) -> None:
    old, new = IndexEntry("open", "web", "1"), IndexEntry("open", "web", "2")
    storage.commit(Commit(at=NOON, changes=(change("a", listed=(old, old)),)))
    storage.commit(Commit(at=NOON, changes=(change("a", 1, listed=(old,)),)))
    assert storage.listed("open", "web") == ("a",)
    storage.commit(Commit(at=NOON, changes=(change("a", 2, listed=(new,), unlisted=(old, new)),)))
    assert list(storage.index_entries()) == [("a", new)]
    storage.commit(Commit(at=NOON, changes=(change("a", 3, unlisted=(new, old)),)))
    assert storage.listed("open", "web") == ()


def test_every_index_entry_is_told_by_stream_then_entry(storage: Storage) -> None:
    entries = (IndexEntry("b", "k", "1"), IndexEntry("a", "z", "2"), IndexEntry("a", "k", "3"))
    storage.commit(Commit(at=NOON, changes=(change("y", listed=entries), change("x", listed=entries[:1]))))
    assert list(storage.index_entries()) == [("x", entries[0]), *(("y", entry) for entry in sorted(entries))]


# --- tasks ---


def test_due_tasks_are_leased_earliest_first_and_to_one_caller(storage: Storage) -> None:
    storage.commit(
        Commit(
            at=NOON,
            tasks=(task("c", NOON - minutes(1)), task("b"), task("a"), task("later", NOON + timedelta(microseconds=1))),
        )
    )
    first = storage.lease(now=NOON, until=NOON + minutes(5), limit=2)
    assert [(leased.task_id, leased.attempt, leased.state) for leased in first] == [
        ("c", 1, "leased"),
        ("a", 1, "leased"),
    ]
    assert [leased.task_id for leased in storage.lease(now=NOON, until=NOON + minutes(5), limit=9)] == ["b"]
    assert storage.lease(now=NOON, until=NOON + minutes(5), limit=9) == ()
    assert storage.next_due() == NOON + timedelta(microseconds=1)
    assert first == tuple(leased for leased in storage.tasks("leased") if leased.task_id != "b")
    assert first[0].payload == '{"of": "c"}'


def test_a_limit_of_none_leases_none(storage: Storage) -> None:
    storage.commit(Commit(at=NOON, tasks=(task("a"),)))
    for limit in (0, -1):
        assert storage.lease(now=NOON, until=NOON + minutes(5), limit=limit) == ()
        assert storage.tasks("waiting", limit=limit) == ()
    assert storage.next_due() == NOON


def test_a_lease_that_ran_out_is_due_again_with_its_attempt_counted_up(storage: Storage) -> None:
    storage.commit(Commit(at=NOON, tasks=(task("a"), task("b", NOON - minutes(1)))))
    storage.lease(now=NOON, until=NOON + minutes(5), limit=9)
    assert storage.lease(now=NOON + minutes(4), until=NOON + minutes(9), limit=9) == ()
    again = storage.lease(now=NOON + minutes(5), until=NOON + minutes(9), limit=1)
    assert [(leased.task_id, leased.attempt, leased.due_at) for leased in again] == [("b", 2, NOON - minutes(1))]
    rest = storage.lease(now=NOON + minutes(5), until=NOON + minutes(9), limit=9)
    assert [(leased.task_id, leased.attempt) for leased in rest] == [("a", 2)]


def test_only_the_latest_attempt_can_be_settled(storage: Storage) -> None:
    storage.commit(Commit(at=NOON, tasks=(task("a"),)))
    storage.lease(now=NOON, until=NOON + minutes(5), limit=1)
    storage.lease(now=NOON + minutes(5), until=NOON + minutes(9), limit=1)
    before = picture(storage)
    for attempt in (0, 1, 3):
        with pytest.raises(ConflictError):
            storage.commit(attrs.evolve(settled("a", attempt), changes=(change("order:1"),)))
    assert picture(storage) == before
    storage.commit(settled("a", 2))
    with pytest.raises(ConflictError):
        storage.commit(settled("a", 2))
    assert [(done.task_id, done.note) for done in storage.tasks("done")] == [("a", "done")]


def test_a_task_that_was_not_leased_or_does_not_exist_cannot_be_settled(storage: Storage) -> None:
    storage.commit(Commit(at=NOON, tasks=(task("a"),)))
    for task_id in ("a", "b"):
        with pytest.raises(ConflictError):
            storage.commit(settled(task_id, 0))


def test_an_attempt_may_end_after_its_lease_ran_out_while_nobody_else_took_it(storage: Storage) -> None:
    storage.commit(Commit(at=NOON, tasks=(task("a"),)))
    storage.lease(now=NOON, until=NOON, limit=1)
    storage.commit(settled("a", 1))
    assert storage.counts()["tasks.done"] == 1


def test_a_retry_waits_for_its_new_moment(storage: Storage) -> None:
    storage.commit(Commit(at=NOON, tasks=(task("a"),)))
    storage.lease(now=NOON, until=NOON + minutes(5), limit=1)
    with pytest.raises(InputError, match="due moment"):
        storage.commit(settled("a", 1, TaskOutcome.RETRY))
    storage.commit(settled("a", 1, TaskOutcome.RETRY, NOON + minutes(30)))
    assert storage.next_due() == NOON + minutes(30)
    assert storage.lease(now=NOON + minutes(29), until=NOON + minutes(60), limit=1) == ()
    (again,) = storage.lease(now=NOON + minutes(30), until=NOON + minutes(60), limit=1)
    assert (again.attempt, again.note) == (2, "retry")
    storage.commit(settled("a", 2, TaskOutcome.DEAD))
    assert [dead.note for dead in storage.tasks("dead")] == ["dead"]
    assert storage.next_due() is None


def test_a_task_id_that_exists_is_left_as_it_is(storage: Storage) -> None:
    storage.commit(Commit(at=NOON, tasks=(task("a"),)))
    storage.commit(Commit(at=NOON, tasks=(task("a", NOON + minutes(9)), task("b"))))
    assert [(waiting.task_id, waiting.due_at) for waiting in storage.tasks("waiting")] == [("a", NOON), ("b", NOON)]
    assert [waiting.task_id for waiting in storage.tasks("waiting", limit=1)] == ["a"]


# --- vault ---


def test_a_person_is_forgotten_on_request_and_nobody_else_is(storage: Storage) -> None:
    storage.commit(document("per_1", "Ada", "name"))
    storage.commit(document("per_1", "Street 1", "address"))
    storage.commit(document("per_2", "Grace", "name"))
    assert storage.vault_names(PersonId("per_1")) == ("address", "name")
    assert storage.vault_erase(PersonId("per_1")) == 2
    assert storage.vault_erase(PersonId("per_1")) == 0
    assert storage.vault_names(PersonId("per_1")) == ()
    assert storage.vault_get(PersonId("per_1"), "name") is None
    assert storage.vault_get(PersonId("per_2"), "name") == "Grace"
    assert storage.counts()["people"] == 1


def test_a_document_written_again_is_replaced(storage: Storage) -> None:
    for body in ("Ada", "Ada Lovelace", "Ada Lovelace", "", "Ada L."):
        storage.commit(document("per_1", body))
        assert storage.vault_get(PersonId("per_1"), "person") == body
    twice = document("per_1", "first").vault + document("per_1", "last").vault
    storage.commit(Commit(at=NOON, vault=twice))
    assert storage.vault_get(PersonId("per_1"), "person") == "last"
    assert storage.vault_erase(PersonId("per_1")) == 1
    storage.commit(document("per_1", "back"))
    assert storage.vault_get(PersonId("per_1"), "person") == "back"


# --- groups ---


def test_one_failing_commit_of_a_group_fails_alone(storage: Storage) -> None:
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


def test_an_exception_that_leaves_a_group_takes_the_whole_group_back(storage: Storage) -> None:
    entry = IndexEntry("open", "web", "1")
    storage.commit(received(3))
    storage.commit(document("per_1", "Ada"))
    storage.commit(Commit(at=NOON, changes=(change("a", listed=(entry,)),), tasks=(task("t"), task("u"), task("v"))))
    storage.lease(now=NOON, until=NOON + minutes(1), limit=1)
    before = picture(storage)
    with pytest.raises(StopHereError), storage.together():
        storage.commit(reserved(2, command_key="k", changes=(change("a", 1, unlisted=(entry,)), change("b"))))
        storage.commit(settled("t", 1))
        storage.lease(now=NOON, until=NOON + minutes(1), limit=1)
        storage.commit(settled("u", 1, TaskOutcome.RETRY, NOON + minutes(3)))
        storage.commit(Commit(at=NOON, claims=(Claim(name="r", stream="a"),), tasks=(task("w", NOON - minutes(9)),)))
        storage.commit(document("per_1", "Ada Lovelace"))
        storage.vault_erase(PersonId("per_1"))
        assert storage.next_due() == NOON - minutes(9)
        raise StopHereError
    assert picture(storage) == before
    assert (storage.answer("k"), storage.claimed("r")) == (None, None)
    assert storage.vault_get(PersonId("per_1"), "person") == "Ada"
    assert [leased.task_id for leased in storage.lease(now=NOON, until=NOON + minutes(2), limit=9)] == ["u", "v"]


def test_a_group_within_a_group_joins_it(storage: Storage) -> None:
    with pytest.raises(StopHereError), storage.together():
        with storage.together():
            storage.commit(Commit(at=NOON, changes=(change("a"),)))
        assert storage.counts()["streams"] == 1
        raise StopHereError
    assert storage.counts()["streams"] == 0
    with storage.together(), storage.together():
        storage.commit(Commit(at=NOON, changes=(change("a"),)))
    assert storage.counts()["streams"] == 1


def test_a_command_key_counts_within_its_group(storage: Storage) -> None:
    with storage.together():
        assert storage.commit(Commit(at=NOON, command_key="k", fingerprint="f", answer="first")) == "first"
        assert storage.commit(Commit(at=NOON, command_key="k", fingerprint="f", answer="second")) == "first"
    assert storage.answer("k") == StoredAnswer("f", "first")


def test_threads_share_a_store_without_overselling(storage: Storage) -> None:
    storage.commit(received(25))
    refused: list[str] = []

    def sell(name: str) -> None:
        for number in range(20):
            try:
                storage.commit(reserved(1, changes=(change(f"{name}{number}"),)))
            except StockShortError:
                refused.append(name)

    threads = [Thread(target=sell, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert storage.stock(["TEA"]) == (StockLevel("TEA", "MUC", "general", reserved=25),)
    assert (storage.counts()["streams"], len(refused)) == (25, 35)


def test_a_sound_store_finds_nothing_wrong_with_itself(storage: Storage) -> None:
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
