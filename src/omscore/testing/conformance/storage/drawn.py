"""Commits for the machine, drawn by hypothesis: made from what the model holds, now and then from what is not so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import TypeAlias

from hypothesis import strategies as st

from omscore.ids import PersonId
from omscore.ports.storage import (
    Claim,
    Commit,
    EventRecord,
    IndexEntry,
    Settlement,
    StreamChange,
    TaskOutcome,
    TaskRequest,
    VaultWrite,
)
from omscore.quantities import CUSTOMER, SUPPLIER, Move, StockPlace, StockState
from omscore.testing.conformance.storage.commits import NOON
from omscore.testing.conformance.storage.model import Model

STREAMS = ("a", "B", "a\uffee", "a\U0001f375")
"""Names whose order differs between code points, UTF-16 and a dictionary."""
SKUS = ("TEA", "CUP")
KEYS = ("k1", "k2", "k3", "K4")
NAMES = ("r", "s")
TASKS = ("t", "T", "u\u00e9", "v")
PEOPLE = (PersonId("per_1"), PersonId("per_2"))
PLACES = (
    StockPlace("MUC", "general", StockState.SELLABLE),
    StockPlace("MUC", "general", StockState.ALLOCATED),
    StockPlace("MUC", "web", StockState.SELLABLE),
    StockPlace("HAM", "general", StockState.EXPECTED),
)

Made: TypeAlias = Callable[[Model], Commit]

few = st.integers(0, 3)
moments: st.SearchStrategy[datetime] = st.builds(
    lambda minutes, microseconds, hours: (NOON + timedelta(minutes=minutes, microseconds=microseconds)).astimezone(
        timezone(timedelta(hours=hours))
    ),
    st.integers(0, 9),
    st.sampled_from((0, 1, 999_999)),
    st.sampled_from((0, 0, 2, -9)),
)
texts = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=6)
records = st.builds(EventRecord, st.sampled_from(("Noted", "Told")), moments, texts)
entries = st.builds(IndexEntry, st.just("open"), st.sampled_from("xy"), st.sampled_from(("1", "10", "2", "é", "Z")))
receipts = st.builds(Move, st.sampled_from(SKUS), st.integers(1, 5), st.just(SUPPLIER), st.sampled_from(PLACES))
moves = st.builds(
    Move, st.sampled_from(SKUS), st.integers(1, 3), st.sampled_from(PLACES), st.sampled_from((*PLACES, CUSTOMER))
)
requests = st.builds(TaskRequest, task_id=st.sampled_from(TASKS), kind=st.just("mail"), due_at=moments, payload=texts)
documents = st.builds(VaultWrite, person_id=st.sampled_from(PEOPLE), name=st.sampled_from("mn"), body=texts)


@st.composite
def commits(draw: st.DrawFn) -> Made:
    """A commit of many parts, of which mostly one at most can fail, so that many succeed."""
    risky = draw(st.sampled_from(("nothing", "versions", "claims", "settlements", "moves", "moves")))
    streams = draw(st.lists(st.sampled_from(STREAMS), unique=True, max_size=2))
    written = [
        (
            stream,
            tuple(draw(st.lists(records, min_size=1, max_size=2))),
            draw(texts),
            tuple(draw(st.lists(entries, max_size=2))),
            tuple(draw(st.lists(entries, max_size=2))),
        )
        for stream in streams
    ]
    off = draw(st.sampled_from((-1, 1))) if risky == "versions" else 0
    claims = [(draw(st.sampled_from(NAMES)), draw(st.sampled_from(STREAMS))) for _ in range(draw(few))]
    ended = draw(st.sampled_from(TASKS)), draw(st.sampled_from(TaskOutcome)), draw(moments), draw(texts)
    stale = draw(st.sampled_from((0, 0, 0, 1)))
    key = draw(st.none() | st.sampled_from(KEYS))
    fingerprint, answer = draw(st.sampled_from("fffg")), draw(texts)
    moved = tuple(draw(st.lists(moves if risky == "moves" else receipts, max_size=4)))
    asked = tuple(draw(st.lists(requests, max_size=2)))
    vault = tuple(draw(st.lists(documents, max_size=1)))

    def made(model: Model) -> Commit:
        task_id, outcome, due_at, note = ended
        task = model.tasks.get(task_id)
        attempt = (task.attempt if task else 1) - stale
        settlements = (Settlement(task_id=task_id, attempt=attempt, outcome=outcome, due_at=due_at, note=note),)
        return Commit(
            at=NOON,
            command_key=key,
            fingerprint=fingerprint,
            answer=answer,
            changes=tuple(
                StreamChange(
                    stream=stream,
                    expected_version=max(model.streams.get(stream, (0,))[0] + off, 0),
                    state=state,
                    events=events,
                    listed=listed,
                    unlisted=unlisted,
                )
                for stream, events, state, listed, unlisted in written
            ),
            moves=moved,
            tasks=asked,
            claims=tuple(Claim(name=name, stream=stream) for name, stream in claims) if risky == "claims" else (),
            settlements=settlements if risky == "settlements" else (),
            vault=vault,
        )

    return made
