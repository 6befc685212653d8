"""A card number is seen however it is written, and what is no card number is left alone."""

from __future__ import annotations

import unicodedata
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omscore.border import holds_card_number, refuse_card_number, tamed, without_card_numbers
from omscore.errors import InputError
from omscore.items import checked_gtin, gtin_check_digit
from tests.border.pans import BRANDS, DIGITS, PARTINGS, check_digit, drawn, dressed


@pytest.mark.parametrize("brand", BRANDS)
def test_a_thousand_numbers_of_a_brand_are_seen_in_every_dress_and_blotted_out(brand: str) -> None:
    random = Random(brand)  # noqa: S311
    for _ in range(1_000):
        number = drawn(random, brand)
        text = dressed(random, number)
        assert holds_card_number(text), text
        kept = without_card_numbers(text)
        assert not holds_card_number(kept)
        digits = "".join(each for each in unicodedata.normalize("NFKC", kept) if each.isdigit())
        assert number[:-4] not in digits
        with pytest.raises(InputError) as refused:
            refuse_card_number(text, what="the note")
        assert refused.value.code == "input.card_number"
        assert number[4:12] not in str(refused.value) + repr(refused.value.fields)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026/0815",
        "4006381333931",  # an EAN
        "04006381333931",  # a GTIN-14
        "order 114-3941689-8772232",
        "4111111111111112",  # the check digit is wrong
        "1111222233334444",
        "0000000000000000",
        "+49 30 1234567 ext. 890",
        "DE89 3704 0044 0532 0130 00",  # an IBAN
        "2026-03-02T12:00:00.000000+00:00",
        "9400 1000 0000 0000 0000 00",  # a tracking number
        "4111 1111 1111 111a 1",
        "411111111111111 and 1",
        "99994111111111111111999999",  # a stretch inside a longer number
        "d41d8cd98f00b204e9800998ecf8427e",
        "4e4b3c5a-9d3f-4c6e-8a53-1f2e3d4c5b6a",
    ],
)
def test_what_is_no_card_number_is_left_alone(text: str) -> None:
    assert not holds_card_number(text)
    assert without_card_numbers(text) == text


@given(st.integers(0, 10**12 - 1).map(lambda number: f"{number:012}"))
def test_no_article_number_of_thirteen_digits_is_taken_for_a_card(body: str) -> None:
    assert not holds_card_number(checked_gtin(body + str(gtin_check_digit(body))))


@given(st.text(max_size=200))
def test_any_text_is_judged_and_blotting_leaves_no_card_number(text: str) -> None:
    kept = without_card_numbers(text)
    assert not holds_card_number(kept)
    assert holds_card_number(text) or kept == text


@given(st.text(max_size=3_000))
def test_what_a_backend_says_can_always_be_stored(text: str) -> None:
    kept = tamed(text)
    assert kept.isprintable()
    assert len(kept) <= 1_000
    assert not holds_card_number(kept)


def test_every_parting_and_every_sort_of_digits_is_tried() -> None:
    number = "4" + "0" * 14 + check_digit("4" + "0" * 14)
    for parting in PARTINGS:
        for digits in DIGITS:
            text = parting.join(number[at : at + 4] for at in range(0, 16, 4))
            assert holds_card_number(text.translate(str.maketrans(DIGITS[0], digits)))
