"""Ids: opaque, plain, sortable by the moment they were drawn."""

from __future__ import annotations

import string
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omscore.errors import InputError
from omscore.ids import CountingIds, TimeOrderedIds, checked_id

LETTERS_AND_DIGITS = set(string.ascii_letters + string.digits)
plain = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.:@#/+-]{0,119}", fullmatch=True)


@given(plain)
def test_plain_text_serves_as_an_id(text: str) -> None:
    assert checked_id(text, what="order id") == text


@given(st.one_of(st.text(max_size=130), st.text("aZ09_.:@#/+- \n", max_size=125)))
def test_any_text_is_an_id_as_it_stands_or_is_refused(text: str) -> None:
    usable = (
        1 <= len(text) <= 120 and set(text) <= LETTERS_AND_DIGITS | set("_.:@#/+-") and text[0] in LETTERS_AND_DIGITS
    )
    try:
        assert checked_id(text, what="order id") == text
        assert usable
    except InputError:
        assert not usable


@pytest.mark.parametrize(
    "text", ["", " ", "a b", "_a", "-a", "a\n", "a\x00", "é", "a" * 121, "a'--", 'a"', None, 5, b"a"], ids=repr
)
def test_what_cannot_serve_as_an_id_is_refused_and_the_message_says_which_id(text: object) -> None:
    with pytest.raises(InputError, match="payment id") as refusal:
        checked_id(text, what="payment id")
    assert refusal.value.code == "input.id"


def test_counted_ids_are_the_same_every_time_and_never_repeat() -> None:
    one, two = CountingIds(start=7), CountingIds(start=7)
    drawn = [one.new("ord") for _ in range(20)]
    assert drawn == [two.new("ord") for _ in range(20)]
    assert drawn[0] == "ord_7"
    assert len(set(drawn)) == 20


def test_ids_drawn_later_sort_later(monkeypatch: pytest.MonkeyPatch) -> None:
    # Across the places where a digit of the text rolls over, years apart, and one millisecond apart.
    moments_ms = [0, 1, 31, 32, 1023, 1024, 1_767_225_600_000, 1_767_225_600_001, 4_102_444_800_000]
    drawn = []
    for moment_ms in moments_ms:
        monkeypatch.setattr("omscore.ids.time", SimpleNamespace(time_ns=lambda at=moment_ms: at * 1_000_000))
        drawn.append(TimeOrderedIds().new("ord"))
    assert drawn == sorted(drawn)
    assert {len(text) for text in drawn} == {len("ord_") + 10 + 13}


def test_ids_drawn_in_the_same_millisecond_differ_and_are_ids() -> None:
    source = TimeOrderedIds()
    drawn = {source.new("ord") for _ in range(1000)}
    assert len(drawn) == 1000
    assert all(checked_id(text, what="order id").startswith("ord_") for text in drawn)
