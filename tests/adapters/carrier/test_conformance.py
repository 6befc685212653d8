"""The carrier of a rate card under the kit that is shipped for the carriers of others."""

from __future__ import annotations

from pathlib import Path

import pytest

from omscore.places import Address, Destination
from omscore.ports.carriers import Parcel
from omscore.routing.ratecard import ZoneRule
from omscore.testing.conformance.carrier import CarrierConformance
from omscore.testing.faults import Fault
from omscore_adapters import carrier_table
from omscore_adapters.carrier_table import CarrierTableSettings

CARD = """carrier,service,zone,min_g,max_g,price,currency,transit_days
post,parcel,home,0,2000,4.90,EUR,2
post,express,home,0,2000,9.90,EUR,1
bike,same-day,home,0,5000,7.01,EUR,0
"""


class TableHarness:
    """There is nothing behind the table: no network that fails, no account, no count of labels."""

    faults: frozenset[Fault] = frozenset()
    secrets = ()
    parcel = Parcel(mass_g=750, length_mm=300, width_mm=200, height_mm=100)
    sender = Address(recipient="The Shop", lines=("Marktplatz 1",), city="Bonn", country="DE", postcode="53111")
    recipient = Address(recipient="A. Reader", lines=("Kleine Gasse 2",), city="Ulm", country="DE", postcode="89073")
    nowhere = Destination(country="AQ")

    def __init__(self, folder: Path) -> None:
        rates = folder / "rates.csv"
        rates.write_text(CARD, encoding="utf-8")
        zones = (ZoneRule(zone="home", origins=("DE",), destinations=("DE",)),)
        settings = CarrierTableSettings(rates=rates, zones=zones)
        with carrier_table.PROVIDER.open(settings) as port:
            self.port = port

    def break_next(self, fault: Fault) -> None:
        raise AssertionError(f"{fault} is not among the faults this harness names")

    def bought(self, key: str | None = None) -> None:
        return None

    def voided(self, tracking_number: str) -> None:
        return None


class TestTable(CarrierConformance):
    """All laws but those about a world that fails."""

    provider = carrier_table.PROVIDER
    cannot_happen = dict.fromkeys(Fault, "the rate card was read when the shop opened; nobody is asked")

    @pytest.fixture
    def harness(self, tmp_path: Path) -> TableHarness:
        return TableHarness(tmp_path)
