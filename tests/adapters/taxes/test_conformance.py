"""The table of taxes under the kit that is shipped for the taxes of others."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from omscore.places import Destination
from omscore.ports.taxes import TaxRate
from omscore.testing.conformance.taxes import KnownRate, TaxConformance
from omscore.testing.faults import Fault
from omscore_adapters import tax_table
from omscore_adapters.tax_table import TableTaxes, TaxRow, TaxTableSettings

GERMANY = Destination(country="DE")
# The last moment of a year, and the rate of the next year begins one second later.
NEW_YEARS_EVE = datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)


def row(category: str, code: str, rate: str, since: date = date.min) -> TaxRow:
    return TaxRow(country="DE", category=category, code=code, rate=Decimal(rate), since=since)


def known(category: str, code: str, rate: str) -> KnownRate:
    return KnownRate(
        category=category, destination=GERMANY, at=NEW_YEARS_EVE, rate=TaxRate(code=code, rate=Decimal(rate))
    )


class TableHarness:
    """The table is in the settings: there is no world that could fail."""

    faults: frozenset[Fault] = frozenset()
    secrets = ()
    known = (known("standard", "DE19", "0.19"), known("books", "DE7", "0.07"))
    untold = ("standard", Destination(country="FR"))

    def __init__(self) -> None:
        rows = (
            row("standard", "DE19", "0.19"),
            row("books", "DE7", "0.07"),
            row("standard", "DE20", "0.20", since=date(2027, 1, 1)),
        )
        self.port = TableTaxes(TaxTableSettings(rates=rows))

    def break_next(self, fault: Fault) -> None:
        raise AssertionError(f"{fault} is not among the faults this harness names")


class TestTable(TaxConformance):
    """All laws but those about a world that fails."""

    provider = tax_table.PROVIDER
    cannot_happen = dict.fromkeys(Fault, "the rates stand in the settings; nobody is asked")

    @pytest.fixture
    def harness(self) -> TableHarness:
        return TableHarness()
