"""The currency table is the published one."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from omscore.errors import InputError
from omscore.money import Money, currency_exponent
from omscore.money.currencies import EXPONENTS, PUBLISHED, SPENDABLE


def published_table(text: str) -> dict[str, int | None]:
    """Exponents by code as the published table lists them; None for its "N.A."."""
    rows = re.findall(r"<Ccy>(\w+)</Ccy>\s*<CcyNbr>\d+</CcyNbr>\s*<CcyMnrUnts>([^<]+)</CcyMnrUnts>", text)
    return {code: None if units == "N.A." else int(units) for code, units in rows}


def test_the_table_is_the_published_iso_4217_table(shared_data: Path) -> None:
    text = (shared_data / "iso4217" / "iso4217_table.xml").read_text(encoding="utf-8")
    published = published_table(text)
    assert len(published) == 178
    assert set(re.findall(r"<Ccy>(\w+)</Ccy>", text)) == set(published)
    assert dict(EXPONENTS) == published
    assert f'Pblshd="{PUBLISHED.isoformat()}"' in text


def test_the_table_holds_178_codes_of_which_13_have_no_minor_unit() -> None:
    assert len(EXPONENTS) == 178
    assert len(SPENDABLE) == 165
    without = {code for code, exponent in EXPONENTS.items() if exponent is None}
    assert " ".join(sorted(without)) == "XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX"
    assert without.isdisjoint(SPENDABLE)
    assert date(2026, 1, 1) == PUBLISHED


@pytest.mark.parametrize(
    ("code", "exponent"), [("EUR", 2), ("JPY", 0), ("KWD", 3), ("UGX", 0), ("ISK", 0), ("HUF", 2), ("CLF", 4)]
)
def test_the_exponent_is_that_of_iso_not_that_of_daily_cash(code: str, exponent: int) -> None:
    assert currency_exponent(code) == exponent
    assert Money.of(1, code).minor == 10**exponent


def test_the_table_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        EXPONENTS["EUR"] = 3  # type: ignore[index]


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("XAU", "no minor unit"),
        ("ABC", "not listed"),
        ("eur", "not listed"),
        ("", "not listed"),
        (978, "not int"),
        ("E" * 10_000, "not listed"),
    ],
    ids=lambda value: str(value)[:12],
)
def test_a_code_without_minor_units_is_refused_with_the_reason(code: object, says: str) -> None:
    with pytest.raises(InputError, match=says) as refusal:
        currency_exponent(code)
    assert len(str(refusal.value)) < 200
