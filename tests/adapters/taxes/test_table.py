"""The tax table: the most particular row speaks, and a missing row is never taken for no tax."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pluggy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omscore.errors import InputError, PortRefusedError, SetupError
from omscore.places import Destination
from omscore.plugins import PortKind
from omscore.plugins.hookspecs import PROJECT, Hooks
from omscore.ports.taxes import TaxPort, TaxRate
from omscore_adapters import tax_table
from omscore_adapters.tax_table import TableTaxes, TaxRow, TaxTableSettings

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def row(country: str, category: str, code: str, rate: str = "0.10", since: date = date.min) -> TaxRow:
    return TaxRow(country=country, category=category, code=code, rate=Decimal(rate), since=since)


def codes(taxes: TableTaxes, country: str, *categories: str, at: datetime = NOON) -> list[str]:
    return [rate.code for rate in taxes.rates(categories, Destination(country=country), at)]


def test_the_plugin_offers_the_provider_table_for_taxes() -> None:
    plugins = pluggy.PluginManager(PROJECT)
    plugins.add_hookspecs(Hooks)
    plugins.register(tax_table)
    ((provider,),) = plugins.hook.oms_providers()
    assert (provider.name, provider.port) == ("table", PortKind.TAX)
    with provider.open(TaxTableSettings(rates=(row("DE", "standard", "DE19", "0.19"),))) as opened:
        port: TaxPort = opened
        answer = port.rates(["standard", "standard"], Destination(country="DE"), NOON)
        assert answer == (TaxRate(code="DE19", rate=Decimal("0.19")),) * 2


def test_the_most_particular_row_speaks() -> None:
    taxes = TableTaxes(
        TaxTableSettings(
            rates=(
                row("*", "*", "export", "0"),
                row("*", "book", "world-book"),
                row("DE", "*", "DE19"),
                row("DE", "book", "DE7"),
            )
        )
    )
    assert codes(taxes, "DE", "book", "standard") == ["DE7", "DE19"]
    assert codes(taxes, "JP", "book", "standard") == ["world-book", "export"]


def test_a_place_no_row_speaks_for_is_refused_with_the_row_to_add() -> None:
    taxes = TableTaxes(TaxTableSettings(rates=(row("DE", "standard", "DE19"),)))
    with pytest.raises(PortRefusedError, match='country = "JP"') as refused:
        codes(taxes, "JP", "standard")
    assert (refused.value.fields["country"], refused.value.fields["category"]) == ("JP", "standard")
    with pytest.raises(PortRefusedError, match="category 'book' in country DE"):
        codes(taxes, "DE", "standard", "book")


def test_a_rate_holds_from_its_first_day_in_utc() -> None:
    change = date(2026, 3, 1)
    taxes = TableTaxes(
        TaxTableSettings(rates=(row("DE", "*", "new", since=change), row("DE", "*", "old", since=date(2020, 1, 1))))
    )
    midnight = datetime(2026, 3, 1, tzinfo=UTC)
    assert codes(taxes, "DE", "x", at=midnight) == ["new"]
    assert codes(taxes, "DE", "x", at=midnight - timedelta(microseconds=1)) == ["old"]
    in_berlin = timezone(timedelta(hours=1))
    assert codes(taxes, "DE", "x", at=datetime(2026, 3, 1, 0, 30, tzinfo=in_berlin)) == ["old"]


def test_a_rate_not_yet_in_force_is_refused_rather_than_replaced_by_the_export_rate() -> None:
    taxes = TableTaxes(
        TaxTableSettings(rates=(row("*", "*", "export", "0"), row("DE", "*", "DE19", since=NOON.date())))
    )
    with pytest.raises(PortRefusedError, match="starts on 2026-03-01, not by 2026-02-28"):
        codes(taxes, "DE", "x", at=NOON - timedelta(days=1))


def test_a_moment_without_an_offset_is_refused() -> None:
    with pytest.raises(InputError, match="no time zone"):
        codes(TableTaxes(TaxTableSettings(rates=(row("DE", "*", "a"),))), "DE", "x", at=datetime(2026, 3, 1))


@pytest.mark.parametrize("rate", ["20", "-0.1", "1.01", "NaN", "Infinity"])
def test_a_rate_that_is_no_share_of_the_net_amount_is_refused(rate: str) -> None:
    with pytest.raises(SetupError, match=r'write 20 percent as "0\.20"'):
        row("DE", "standard", "DE19", rate)


def test_rows_that_contradict_each_other_and_empty_tables_are_refused() -> None:
    with pytest.raises(SetupError, match="two rows for country 'DE', category 'book'"):
        TaxTableSettings(rates=(row("DE", "book", "a"), row("DE", "book", "b")))
    with pytest.raises(SetupError, match="has no row"):
        TaxTableSettings(rates=())
    with pytest.raises(SetupError, match="every other country"):
        row("Germany", "book", "a")
    with pytest.raises(SetupError, match="must not be empty"):
        row("DE", "", "a")


@given(st.permutations([row("*", "*", "w"), row("DE", "*", "d"), row("DE", "b", "db"), row("*", "b", "wb")]))
def test_the_order_of_the_rows_changes_nothing(rows: list[TaxRow]) -> None:
    taxes = TableTaxes(TaxTableSettings(rates=tuple(rows)))
    assert codes(taxes, "DE", "b", "x") + codes(taxes, "FR", "b", "x") == ["db", "d", "wb", "w"]
