"""Whatever happens to a document, it ends in orders, duplicates and rejects that are kept, and in no other error."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from omscore.app import Oms
from omscore.errors import InputError
from omscore.intake import Ending, Intake
from omscore.orders.model import Order
from tests.adapters.channels.samples import SAMPLES, channel_shop

PIECES = [
    b"",
    b"0",
    b"-1",
    b"9" * 30,
    b"1e999",
    b"NaN",
    b"null",
    b"{}",
    b"[]",
    b'"',
    b"'",
    b"~",
    b"*",
    b"+",
    b"?",
    b":",
    b";",
]
PIECES += [b"\n", b"\x00", b"\xff", "\u202e".encode(), b"4111111111111111", b"ISA", b"UNB", b"UNZ+1+42'", b"=1+1"]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Oms, Intake]]:
    with channel_shop(tmp_path_factory.mktemp("damage")) as opened:
        yield opened


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, bytes]:
    """A sample with some pieces cut out, doubled or replaced."""
    sample = draw(st.sampled_from(SAMPLES))
    text = sample.document
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 12)))
        piece = draw(st.sampled_from([*PIECES, text[start:end] * 2]))
        text = text[:start] + piece + text[end:]
    return sample.channel, text


@settings(max_examples=300)
@given(damaged())
@example(("json", b"[1]"))
@example(("csv", b""))
@example(("x12", b"ISA"))
@example(("edifact", b"UNA"))
def test_every_damaged_document_ends_typed_and_nothing_of_it_is_lost(
    desk: tuple[Oms, Intake], case: tuple[str, bytes]
) -> None:
    oms, intake = desk
    channel, text = case
    try:
        messages = intake.port(channel).read(text)
    except InputError:
        messages = ()
    for message in messages:
        assert [message.order is None, message.answer is None, not message.complaints].count(False) == 1
    ends = intake.take(text, channel)
    assert len(ends) == max(1, len(messages))
    for end in ends:
        if end.ending is Ending.REJECTED:
            assert end.complaints
            kept = intake.rejects.content(end.reject_id)
            assert kept in {text, *(message.content for message in messages)}
        else:
            assert oms.look(Order, end.order_id or "").reference


def test_the_damage_is_of_both_sorts(desk: tuple[Oms, Intake]) -> None:
    """The samples themselves are taken, so the law above speaks of more than rejects."""
    for sample in SAMPLES:
        (end,) = desk[1].take(sample.document, sample.channel)
        # A sample that was damaged before, in its content or in its id, and taken all the same, is one no more.
        was_taken = ("says something else now", "was sent before with other content")
        assert end.ending is not Ending.REJECTED or any(words in end.complaints[0].says for words in was_taken)
