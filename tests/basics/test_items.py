"""Items: SKUs that cannot be mistaken, trade numbers with a check digit, whole measures."""

from __future__ import annotations

import unicodedata
from typing import Any

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from omscore.errors import InputError
from omscore.items import Item, ItemFlag, Size, Sku, checked_gtin, checked_sku, gtin_check_digit
from omscore.money import Money


@given(st.text(max_size=80))
def test_any_text_is_a_sku_as_it_stands_or_is_refused(text: str) -> None:
    try:
        sku = checked_sku(text)
    except InputError:
        return
    assert sku == text == text.strip() == unicodedata.normalize("NFC", text)
    assert 1 <= len(sku) <= 64
    assert sku.isprintable()


@given(st.text("ABCXYZabc-._ 0189", min_size=1, max_size=64))
def test_plain_article_numbers_pass(text: str) -> None:
    assume(text == text.strip())
    assert checked_sku(text) == text


@pytest.mark.parametrize("sku", ["TEA-1", "Grüner Tee", "чай-5", "緑茶", "τσάι 2", "85123A"])
def test_skus_in_one_script_pass(sku: str) -> None:
    assert checked_sku(sku) == sku


@pytest.mark.parametrize(
    ("sku", "says"),
    [
        ("", "1 to 64"),
        ("x" * 65, "1 to 64"),
        (" TEA", "ends"),
        ("TEA ", "ends"),
        ("TEA\u00a0", "ends"),
        ("TE\nA", "seen"),
        ("TE\x00A", "seen"),
        ("TE\u202eA", "seen"),
        ("TE\u200bA", "seen"),
        ("TE\u00adA", "seen"),
        ("TE\ufe0fA", "seen"),
        ("TE\u034fA", "seen"),
        ("TE\u3164A", "seen"),
        ("TE\ud800A", "seen"),
        ("TE\u00a0A", "seen"),
        ("cafe\u0301", "composed"),
        ("\u0410BC", "CYRILLIC and LATIN"),
        ("T\u0395A", "GREEK and LATIN"),
        ("\u0410\u0391", "CYRILLIC and GREEK"),
        ("\uff21\u0410", "CYRILLIC and LATIN"),
        (5, "not int"),
        (None, "not NoneType"),
    ],
    ids=ascii,
)
def test_a_sku_that_could_be_mistaken_is_refused_with_the_reason(sku: object, says: str) -> None:
    with pytest.raises(InputError, match=says) as refusal:
        checked_sku(sku)
    assert str(refusal.value).isprintable()


def test_two_spellings_of_one_look_never_become_two_skus() -> None:
    looks_like_abc = ["ABC", "\u0410BC", "A\u0412C", "AB\u0421", "\u0391BC", "A\u200bBC", "ABC\ufe0f", "A\u00adBC"]
    passed = []
    for spelling in looks_like_abc:
        try:
            passed.append(checked_sku(spelling))
        except InputError:
            continue
    assert passed == ["ABC"]


@pytest.mark.parametrize(
    "gtin", ["4006381333931", "73513537", "036000291452", "00012345600012", "9780201379624", "10614141000415"]
)
def test_real_trade_item_numbers_pass(gtin: str) -> None:
    assert checked_gtin(gtin) == gtin


bodies = st.sampled_from([7, 11, 12, 13]).flatmap(lambda size: st.text("0123456789", min_size=size, max_size=size))


@given(bodies)
def test_a_body_and_its_check_digit_make_a_gtin_and_no_other_digit_does(body: str) -> None:
    right = gtin_check_digit(body)
    for digit in range(10):
        if digit == right:
            assert checked_gtin(f"{body}{digit}") == f"{body}{digit}"
        else:
            with pytest.raises(InputError, match=f"check digit is {right}"):
                checked_gtin(f"{body}{digit}")


@given(bodies, st.data())
def test_one_mistyped_digit_is_always_found(body: str, data: st.DataObject) -> None:
    gtin = f"{body}{gtin_check_digit(body)}"
    place = data.draw(st.integers(0, len(gtin) - 1))
    digit = data.draw(st.sampled_from([other for other in "0123456789" if other != gtin[place]]))
    with pytest.raises(InputError, match="check digit"):
        checked_gtin(gtin[:place] + digit + gtin[place + 1 :])


@given(bodies, st.integers(1, 6))
def test_leading_zeros_do_not_change_the_check_digit(body: str, zeros: int) -> None:
    padded = body.rjust(13, "0")
    assert gtin_check_digit(padded) == gtin_check_digit(body)


@pytest.mark.parametrize(
    "gtin",
    [
        "",
        "4006381333932",
        "400638133393",
        "40063813339310",
        "4006381333931 ",
        "4006381333931\n",
        "\u0664006381333931",
        "abc",
        4006381333931,
        None,
    ],
    ids=ascii,
)
def test_what_is_no_trade_item_number_is_refused(gtin: object) -> None:
    with pytest.raises(InputError, match="GTIN"):
        checked_gtin(gtin)


@pytest.mark.parametrize("body", ["", "123456", "12345678", "x" * 7, 1234567], ids=repr)
def test_a_check_digit_needs_a_body_of_a_known_length(body: object) -> None:
    with pytest.raises(InputError, match="7, 11, 12 or 13"):
        gtin_check_digit(body)  # type: ignore[arg-type]


@given(st.integers(1, 10**4), st.integers(1, 10**4), st.integers(1, 10**4))
def test_volume_is_the_product_of_the_sides(length: int, width: int, height: int) -> None:
    assert Size(length_mm=length, width_mm=width, height_mm=height).volume_mm3 == length * width * height


@pytest.mark.parametrize("side", [0, -1, 1.5, True, None, 10**10], ids=repr)
def test_a_side_is_at_least_one_whole_millimetre(side: object) -> None:
    for name in ("length_mm", "width_mm", "height_mm"):
        with pytest.raises(InputError, match=name):
            Size(**{"length_mm": 1, "width_mm": 1, "height_mm": 1, name: side})  # type: ignore[arg-type]


TEA = Item(
    sku=Sku("TEA"),
    name="Green tea",
    gtin="4006381333931",
    mass_g=120,
    size=Size(length_mm=100, width_mm=50, height_mm=20),
    flags=(ItemFlag.GIFT, ItemFlag.FOOD, ItemFlag.FOOD),
    unit_cost=Money(250, "EUR"),
)


def test_flags_are_kept_sorted_and_once() -> None:
    assert TEA.flags == (ItemFlag.FOOD, ItemFlag.GIFT)
    assert attrs.evolve(TEA, flags=TEA.flags[::-1]) == TEA


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sku", " TEA"),
        ("name", "a\nb"),
        ("gtin", "123"),
        ("gtin", ""),
        ("mass_g", -1),
        ("mass_g", 1.5),
        ("size", (1, 2, 3)),
        ("flags", ("food",)),
        ("flags", [ItemFlag.FOOD]),
        ("tax_category", ""),
        ("unit_cost", 250),
    ],
)
def test_an_item_with_a_field_that_cannot_be_is_refused(field: str, value: Any) -> None:
    with pytest.raises(InputError):
        attrs.evolve(TEA, **{field: value})
