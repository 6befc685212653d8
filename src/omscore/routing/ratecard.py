"""The rows of a carrier's rate card and the zones they speak of, read strictly from CSV text.

A message about a bad cell names the row, counting the header as row 1, and the column.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping

from omscore.errors import InputError, OmsError, SetupError
from omscore.money import Money
from omscore.places import checked_country
from omscore.records import frozen

COLUMNS = ("carrier", "service", "zone", "min_g", "max_g", "price", "currency", "transit_days")

_WHOLE = re.compile(r"[0-9]{1,9}", re.ASCII)


@frozen(kw_only=True)
class ZoneRule:
    """Names the zone of a lane; a table asks its rules in order and the first match wins.

    Shape: countries, or "*" for any; "=origin" as a destination means the parcel stays in its country.

    >>> ZoneRule(zone="home", origins=("*",), destinations=("=origin",)).matches("DE", "DE")
    True
    """

    zone: str
    origins: tuple[str, ...]
    destinations: tuple[str, ...]

    def __attrs_post_init__(self) -> None:
        for country in self.origins:
            if country != "*":
                checked_country(country)
        for country in self.destinations:
            if country not in ("*", "=origin"):
                checked_country(country)

    def matches(self, origin: str, destination: str) -> bool:
        """Whether a parcel from one country to the other is in this zone."""
        return ("*" in self.origins or origin in self.origins) and (
            "*" in self.destinations
            or destination in self.destinations
            or (origin == destination and "=origin" in self.destinations)
        )


@frozen(kw_only=True)
class RateRow:
    """One band of one service in one zone."""

    carrier: str
    service: str
    zone: str
    min_g: int
    max_g: int
    price: Money
    transit_days: int


def read_rows(text: str) -> tuple[RateRow, ...]:
    """The bands a rate card names, in its order.

    Raises: InputError for an unreadable cell, SetupError for a wrong header.
    """
    return tuple(_rate_row(cells, number) for number, cells in _table_rows(text))


def wrong_row(row: int, column: str, says: str) -> SetupError:
    """The error for a row that can be read but contradicts the table."""
    return SetupError(f"row {row} of the rate table: {column} {says}", code="rates.table", row=row, column=column)


def _table_rows(text: str) -> list[tuple[int, Mapping[str, str]]]:
    try:
        table = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True))
    except csv.Error as error:
        raise InputError(f"the rate table is not CSV: {error}", code="rates.csv") from error
    while table and not any(table[-1]):
        table.pop()
    header = [cell.strip() for cell in table[0]] if table else []
    if sorted(header) != sorted(COLUMNS):
        raise SetupError(f"row 1 of the rate table must name the columns {', '.join(COLUMNS)}", code="rates.header")
    for number, cells in enumerate(table[1:], start=2):
        if len(cells) != len(header):
            raise InputError(
                f"row {number} of the rate table has {len(cells)} cells, not 8", code="rates.row", row=number
            )
    return [(number, dict(zip(header, cells, strict=True))) for number, cells in enumerate(table[1:], start=2)]


def _rate_row(cells: Mapping[str, str], number: int) -> RateRow:
    def text(column: str) -> str:
        if not (found := cells[column].strip()):
            raise _unreadable(number, column, cells[column], "some text")
        return found

    def whole(column: str) -> int:
        if _WHOLE.fullmatch(found := cells[column].strip()) is None:
            raise _unreadable(number, column, cells[column], "a whole number of at most nine digits")
        return int(found)

    try:
        price = Money.of(text("price"), text("currency"))
    except OmsError as error:
        if error.code == "rates.cell":
            raise
        raise _unreadable(number, "price", f"{cells['price']} {cells['currency']}", str(error)) from error
    return RateRow(
        carrier=text("carrier"),
        service=text("service"),
        zone=text("zone"),
        min_g=whole("min_g"),
        max_g=whole("max_g"),
        price=price,
        transit_days=whole("transit_days"),
    )


def _unreadable(row: int, column: str, value: str, need: str) -> InputError:
    says = f"row {row} of the rate table: column {column} holds {value!r}; need {need}"
    return InputError(says, code="rates.cell", row=row, column=column)
