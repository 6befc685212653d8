"""The rows of an "Online Retail" file, each read strictly on its own: a row is whole or says what is wrong with it.

Row numbers count the rows under the header from 1. Moments have no offset in the file and are taken as UTC.
"""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import IO, NamedTuple, TypeVar, cast

from omscore.cli.replay.countries import country_code
from omscore.errors import InputError, SetupError
from omscore.items import checked_sku
from omscore.text import checked_text

COLUMNS = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")
MOST_UNITS = 100_000
"""The most units one row may have; the real year's largest row has 80,995."""
MOST_PRICE = Decimal(100_000)
"""The highest unit price a row may have; the real year's highest is 38,970.00."""

_INVOICE = re.compile(r"[A-Z]?[0-9]{1,12}", re.ASCII)
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}", re.ASCII)
_UNITS = re.compile(r"-?[0-9]{1,9}", re.ASCII)
_PRICE = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,4})?", re.ASCII)
_CUSTOMER = re.compile(r"([0-9]{1,9})(\.0)?", re.ASCII)

T = TypeVar("T")


class Row(NamedTuple):
    """One readable row. Shape: `customer` is empty when nobody is named; `country` is a two-letter code."""

    number: int
    invoice: str
    code: str
    title: str
    units: int
    at: datetime
    price: Decimal
    customer: str
    country: str


class Reject(NamedTuple):
    """A row that became nothing, with the reason and what it held."""

    number: int
    reason: str
    cells: tuple[str, ...]


def read_rows(path: Path, *, limit: int | None = None) -> Iterator[tuple[Row | Reject, tuple[str, ...]]]:
    """Every row of a file, plain or gzipped, with its cells; at most `limit` of them.

    Raises: SetupError when the file cannot be opened, is cut off, or lacks a column.
    """
    try:
        with _opened(path) as file:
            yield from rows_of(file, limit=limit)
    except (OSError, EOFError) as error:
        raise SetupError(
            f"cannot read {path}: {getattr(error, 'strerror', None) or error}; give a whole file"
        ) from error


def rows_of(
    lines: Iterator[str] | IO[str], *, limit: int | None = None
) -> Iterator[tuple[Row | Reject, tuple[str, ...]]]:
    """The rows of an open text. Raises: SetupError when the header lacks a column."""
    table = csv.reader(lines)
    try:
        header = [name.strip().removeprefix("\ufeff") for name in next(table, [])]
    except csv.Error as error:
        raise SetupError(f"the first line is no header of this format: {error}") from error
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        rest = [name for name in COLUMNS if name not in missing]
        besides = f" besides {', '.join(rest)}" if rest else ""
        raise SetupError(
            f"the file has no column {', '.join(missing)}; the format uci needs them in its first line{besides}"
        )
    places = [header.index(name) for name in COLUMNS]
    reader = _Reader()
    for number in count(1):
        if limit is not None and number > limit:
            return
        try:
            cells = next(table)
        except StopIteration:
            return
        except csv.Error as error:
            yield Reject(number, f"the row cannot be read: {error}", ()), ()
            continue
        if len(cells) != len(header):
            shown = tuple(cells)
            yield Reject(number, f"the row has {len(cells)} cells, not {len(header)}", shown), shown
            continue
        picked = tuple(cells[place] for place in places)
        yield reader.row(number, picked), picked


class _Reader:
    """Reads cells; equal cells are read once, which makes half a million rows a matter of seconds."""

    def __init__(self) -> None:
        self._invoice = _once(_invoice)
        self._code = _once(_code)
        self._title = _once(_title)
        self._units = _once(_units)
        self._at = _once(_moment)
        self._price = _once(_price)
        self._customer = _once(_customer)
        self._country = _once(country_code)

    def row(self, number: int, cells: tuple[str, ...]) -> Row | Reject:
        invoice, code, title, units, at, price, customer, country = cells
        try:
            return Row(
                number,
                self._invoice(invoice),
                self._code(code),
                self._title(title),
                self._units(units),
                self._at(at),
                self._price(price),
                self._customer(customer),
                self._country(country),
            )
        except InputError as error:
            return Reject(number, str(error), cells)


def _once(read: Callable[[str], T]) -> Callable[[str], T]:
    known: dict[str, T] = {}

    def reading(text: str) -> T:
        if text in known:
            return known[text]
        value = known[text] = read(text)
        return value

    return reading


def _invoice(text: str) -> str:
    invoice = text.strip().upper()
    if _INVOICE.fullmatch(invoice) is None:
        raise InputError(f"InvoiceNo {text!r} is not a number with at most one letter before it")
    return invoice


def _code(text: str) -> str:
    if not text.strip():
        raise InputError("StockCode is blank")
    return checked_sku(text.strip().upper())


def _title(text: str) -> str:
    return checked_text(" ".join(text.split(" ")).strip(" "), what="Description", empty=True)


def _units(text: str) -> int:
    if _UNITS.fullmatch(text.strip()) is None or abs(int(text)) > MOST_UNITS:
        raise InputError(f"Quantity {text!r} is not a whole number of at most {MOST_UNITS} units")
    return int(text)


def _moment(text: str) -> datetime:
    if _MOMENT.fullmatch(text.strip()) is not None:
        try:
            return datetime.fromisoformat(text.strip()).replace(tzinfo=UTC)
        except ValueError:
            pass
    raise InputError(f"InvoiceDate {text!r} is no moment such as 2010-12-01 08:26:00")


def _price(text: str) -> Decimal:
    if _PRICE.fullmatch(text.strip()) is None or abs(Decimal(text.strip())) > MOST_PRICE:
        raise InputError(f"UnitPrice {text!r} is not a price of at most {MOST_PRICE} with up to four decimals")
    return Decimal(text.strip())


def _customer(text: str) -> str:
    found = _CUSTOMER.fullmatch(text.strip())
    if found is None and text.strip():
        raise InputError(f"CustomerID {text!r} is not a number")
    return found[1] if found else ""


@contextmanager
def _opened(path: Path) -> Iterator[IO[str]]:
    # Bytes that are no UTF-8 become the replacement character: such a row is still a row.
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8", errors="replace", newline="") as file:
            yield cast(IO[str], file)
    else:
        with path.open(encoding="utf-8", errors="replace", newline="") as plain:
            yield plain
