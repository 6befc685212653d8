"""Text: composed, visible, short enough, and never repeated in a message."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omscore.errors import InputError
from omscore.text import BIDI_CONTROLS, checked_text


@given(st.text(max_size=300))
def test_any_text_comes_back_composed_and_printable_or_is_refused(text: str) -> None:
    try:
        checked = checked_text(text, what="note")
    except InputError:
        return
    assert checked == unicodedata.normalize("NFC", text)
    assert checked_text(checked, what="note") == checked
    assert 1 <= len(checked) <= 200
    assert BIDI_CONTROLS.isdisjoint(checked)
    assert not any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in checked)
    checked.encode()  # no lone surrogate is left


@pytest.mark.parametrize(
    "text", ["Müller & Söhne", "1-2-3 ビル", "شارع الملك", "O\u2019Brien", "👩\u200d🔬 lab", "a" * 200]
)
def test_names_of_the_whole_world_pass(text: str) -> None:
    assert checked_text(text, what="name") == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("bad", [*sorted(BIDI_CONTROLS), "\x00", "\n", "\r", "\t", "\x7f", "\x85", "\u2028", "\ufeff"])
def test_what_no_reader_can_see_is_refused_with_its_place(bad: str) -> None:
    with pytest.raises(InputError, match=f"U\\+{ord(bad):04X} at position 3"):
        checked_text(f"ab{bad}cd", what="name")


def test_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(InputError, match=r"U\+D800"):
        checked_text("a\ud800", what="name")


@pytest.mark.parametrize("value", [None, 5, b"abc", ["abc"]], ids=repr)
def test_only_text_is_text(value: object) -> None:
    with pytest.raises(InputError, match="must be text"):
        checked_text(value, what="name")


def test_an_empty_text_passes_only_where_it_is_allowed_and_blanks_never() -> None:
    assert checked_text("", what="region", empty=True) == ""
    for value, empty in (("", False), ("   ", False), ("   ", True), ("\u3000", True)):
        with pytest.raises(InputError, match="region is blank"):
            checked_text(value, what="region", empty=empty)


def test_length_is_counted_after_composing() -> None:
    assert checked_text("e\u0301" * 10, what="name", max_length=10) == "\u00e9" * 10
    for long in ("a" * 11, "a" * 10_000, "e\u0301" * 11):
        with pytest.raises(InputError, match="at most 10"):
            checked_text(long, what="name", max_length=10)


def test_the_message_does_not_repeat_a_personal_text() -> None:
    for text in ("Secret Name\x00", "Secret Name" * 30):
        with pytest.raises(InputError) as refusal:
            checked_text(text, what="recipient")
        assert "Secret" not in str(refusal.value)
        assert "recipient" in str(refusal.value)
        assert "Secret" not in repr(refusal.value.fields)
