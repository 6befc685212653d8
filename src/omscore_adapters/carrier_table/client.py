"""Reads the rate card's file: all this carrier ever asks of the outside world."""

from __future__ import annotations

from omscore.errors import OmsError, SetupError
from omscore.routing.rates import RateTable
from omscore.routing.surcharges import WRONG_SURCHARGE
from omscore_adapters.carrier_table.settings import CarrierTableSettings


def read_table(settings: CarrierTableSettings) -> RateTable:
    """The rate table the settings name.

    Raises: SetupError naming the file, and the row and column where one is wrong.
    """
    try:
        text = settings.rates.read_text(encoding="utf-8")
    except OSError as error:
        raise SetupError(
            f"carrier.table.rates: {settings.rates} cannot be read ({error.strerror}); give the path of a rate card"
        ) from error
    except UnicodeDecodeError as error:
        raise SetupError(f"carrier.table.rates: {settings.rates} is not UTF-8 text; save it as such") from error
    try:
        table = RateTable.from_csv(text, settings.zones, settings.surcharges)
    except OmsError as error:
        if error.code == WRONG_SURCHARGE:
            raise SetupError(f"carrier.table.surcharges: {error}") from error
        raise SetupError(f"carrier.table.rates: {settings.rates}: {error}") from error
    if not table.rows:
        raise SetupError(f"carrier.table.rates: {settings.rates} has no row under its header; add one")
    return table
