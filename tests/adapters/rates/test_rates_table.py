"""The table of exchange rates: exact, dated, and silent about what it does not know."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omscore.errors import InputError, PortRefusedError, SetupError
from omscore.money import currency_exponent
from omscore.plugins.discovery import Plugins
from omscore.plugins.providers import PortKind
from omscore.ports.rates import ExchangeRate
from omscore.testing.conformance.rates import KnownRate, RateConformance
from omscore.testing.faults import Fault
from omscore_adapters import rates_table
from omscore_adapters.rates_table import RateRow, RatesTableSettings, TableRates

MONDAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TABLE = "Date,USD,JPY,GBP,\n2026-03-02,1.0825,163.52,N/A,\n2026-02-27,1.0800,160,0.8,\n"


def table(text: str = TABLE, *, rows: tuple[RateRow, ...] = (), most_days: int = 7) -> TableRates:
    settings = RatesTableSettings(source="ECB", base="EUR", path=Path("x"), rows=rows, most_days=most_days)
    return TableRates(settings, text)


def told(base: str, quote: str, rate: str, on: date = MONDAY, source: str = "ECB") -> ExchangeRate:
    return ExchangeRate(base, quote, Decimal(rate), source, datetime(on.year, on.month, on.day, tzinfo=UTC))


class Harness:
    """The table is a file that was read: there is no world that could fail."""

    faults: frozenset[Fault] = frozenset()
    secrets = ()
    # In the farthest zones it is Sunday or Tuesday already, in UTC it is Monday.
    known = (
        KnownRate(at=NOON, rate=told("EUR", "USD", "1.0825")),
        KnownRate(at=NOON, rate=told("EUR", "GBP", "0.8", date(2026, 2, 27))),
        KnownRate(at=NOON, rate=told("GBP", "EUR", "1.25", date(2026, 2, 27), "ECB, by way of EUR")),
        KnownRate(at=NOON, rate=told("GBP", "JPY", "204.4", date(2026, 2, 27), "ECB, by way of EUR")),
    )
    untold = (
        ("EUR", "CHF", NOON),
        ("CHF", "EUR", NOON),
        ("EUR", "USD", datetime(2026, 2, 26, tzinfo=UTC)),
        ("EUR", "USD", NOON + timedelta(days=8)),
        ("EUR", "EUR", NOON),
    )

    def __init__(self) -> None:
        self.port = table()

    def break_next(self, fault: Fault) -> None:
        raise AssertionError(fault)


class TestTable(RateConformance):
    provider = rates_table.PROVIDER
    cannot_happen = dict.fromkeys(Fault, "the table is read when the shop opens; nobody is asked")

    @pytest.fixture
    def harness(self) -> Harness:
        return Harness()


@given(st.integers(0, 20), st.integers(1, 9))
def test_a_rate_stands_until_the_next_one_but_not_longer_than_it_may(later: int, most_days: int) -> None:
    rates = table("Date,USD\n2026-03-02,1.5\n", most_days=most_days)
    at = NOON + timedelta(days=later)
    if later <= most_days:
        assert rates.rate("EUR", "USD", at) == told("EUR", "USD", "1.5")
    else:
        with pytest.raises(PortRefusedError, match="the last before it is of 2026-03-02"):
            rates.rate("EUR", "USD", at)


@given(st.decimals("0.0001", "9999", places=4), st.decimals("0.0001", "9999", places=4))
def test_a_rate_that_is_worked_out_is_exact_to_eleven_digits(dollars: Decimal, yen: Decimal) -> None:
    rates = table(f"Date,USD,JPY\n2026-03-02,{dollars},{yen}\n")
    for one, other in (("USD", "JPY"), ("EUR", "USD"), ("JPY", "EUR")):
        there = rates.rate(one, other, NOON).rate
        exact = Fraction(yen if other == "JPY" else dollars if other == "USD" else Decimal(1)) / Fraction(
            yen if one == "JPY" else dollars if one == "USD" else Decimal(1)
        )
        assert abs(Fraction(there) - exact) <= max(exact / 10**11, Fraction(1, 10**12))


def test_rows_of_the_configuration_stand_beside_those_of_the_file() -> None:
    rates = table(rows=(RateRow(on=MONDAY, currency="GBP", rate=Decimal("0.83")),))
    assert rates.rate("EUR", "GBP", NOON) == told("EUR", "GBP", "0.83")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Day,USD\n", "the first line must be Date"),
        ("Date\n", "the first line must be Date"),
        ("", "the first line must be Date"),
        ("Date;USD\n2026-03-02;1\n", "the first line must be Date and the codes of currencies, with commas"),
        ("Date,USX,DEM\n2026-03-02,1,1.95583\n", "names no currency of today: USX, DEM"),
        ("Date,USD\n2026-13-02,1\n", "line 2: "),
        ("Date,USD\n2026-03-02,1\n2026-03-01,one\n", "line 3: rate of USD 'one' is not a plain decimal number"),
        ("Date,USD\n2026-03-02,0\n", "USD on 2026-03-02: the rate 0 is not above zero"),
        ("Date,EUR\n2026-03-02,1\n", "EUR on 2026-03-02: EUR is the base of the table"),
        ("Date,USD\n2026-03-02,1\n2026-03-02,2\n", "USD on 2026-03-02: there are two rates of that day"),
    ],
)
def test_a_table_that_cannot_be_right_is_refused_by_its_line(text: str, says: str) -> None:
    with pytest.raises(SetupError, match=says):
        table(text)


def test_a_row_of_the_configuration_in_a_currency_nobody_has_is_refused_by_its_name() -> None:
    typo = RateRow(on=MONDAY, currency="USX", rate=Decimal("1.08"))
    with pytest.raises(SetupError, match=r"rates\.table\.rows: USX on 2026-03-02: currency 'USX' is not listed"):
        RatesTableSettings(source="ECB", base="EUR", rows=(typo,))


def test_a_currency_that_is_gone_stands_in_a_file_beside_those_of_today() -> None:
    assert table("Date,DEM,USD\n2026-03-02,1.95583,1.25\n").rate("EUR", "USD", NOON) == told("EUR", "USD", "1.25")


def test_a_table_without_file_and_rows_or_with_a_base_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="neither a path nor rows"):
        RatesTableSettings(source="ECB", base="EUR")
    with pytest.raises(InputError, match="XQZ"):
        RatesTableSettings(source="ECB", base="XQZ", path=tmp_path)
    gone = {"source": "ECB", "base": "EUR", "path": "gone.csv"}
    plugins = Plugins()
    plugins.register(rates_table)
    with (
        pytest.raises(SetupError, match=r"rates\.table\.path: cannot read"),
        plugins.open(PortKind.RATE, "table", gone, folder=tmp_path),
    ):
        pass


def test_the_rates_of_the_european_central_bank_since_1999(shared_data: Path) -> None:
    """Every tenth day of the published file against a reading of it by hand, crossed rates as fractions."""
    path = shared_data / "ecb_rates" / "eurofxref-hist.csv"
    settings = RatesTableSettings(source="ECB", base="EUR", path=path, most_days=7)
    with rates_table.PROVIDER.open(settings) as rates, path.open(encoding="utf-8", newline="") as file:
        compared = 0
        draw = Random(7)  # noqa: S311
        for number, row in enumerate(csv.DictReader(file)):
            if number % 10:
                continue
            day = date.fromisoformat(row.pop("Date"))
            at = datetime(day.year, day.month, day.day, 23, 59, tzinfo=UTC)
            known = {code: Decimal(text) for code, text in row.items() if code and text not in ("N/A", "")}
            known = {code: rate for code, rate in known.items() if _is_money(code)}
            for code, rate in known.items():
                assert rates.rate("EUR", code, at).rate == rate
            one, other = draw.sample(sorted(known), 2)
            crossed = rates.rate(one, other, at).rate
            exact = Fraction(known[other]) / Fraction(known[one])
            assert abs(Fraction(crossed) - exact) <= max(exact / 10**11, Fraction(1, 10**12))
            compared += len(known)
    assert compared > 15_000


def _is_money(code: str) -> bool:
    try:
        currency_exponent(code)
    except InputError:
        return False
    return True
