"""CSV and JSON taken apart into orders with rows: what a mapping then looks its fields up in."""

from __future__ import annotations

import csv
import io

from omscore.border import JsonValue, Limits, read_json
from omscore.errors import InputError
from omscore.records import frozen
from omscore_adapters.channel_common import canonical, objects, taken
from omscore_adapters.channel_table.layout import Layout

LIMITS = Limits(body_bytes=64 * 1_048_576, entries=100_000, values=4_000_000)
MOST_ROWS = 1_000_000
LONGEST_CELL = 10_000


@frozen(kw_only=True)
class Row:
    """One line of an order. Shape: `number` is the line of the file in CSV, the place in the list in JSON."""

    number: int
    cells: JsonValue
    problem: str = ""


@frozen(kw_only=True)
class Group:
    """What belongs to one order: its rows, what stands beside them, and all of it as a document of its own."""

    head: JsonValue
    rows: tuple[Row, ...]
    content: bytes


def groups_of(document: bytes, layout: Layout) -> list[Group]:
    """The orders of a document, in the order they begin. Raises: InputError when it cannot be taken apart."""
    return _csv_groups(document, layout) if layout.format == "csv" else _json_groups(document, layout)


def _json_groups(document: bytes, layout: Layout) -> list[Group]:
    value = read_json(document, limits=LIMITS)
    path = layout.orders.split(".") if layout.orders else []
    found = taken(value, *path) if isinstance(value, dict) else value
    orders = [value] if found is None and isinstance(value, dict) else None
    if orders is None:
        if isinstance(found, dict):
            orders = [found]
        else:
            try:
                orders = [*objects(found)]
            except InputError as error:
                raise InputError(f"{layout.orders or 'the document'} {error}") from error
    groups = []
    for order in orders:
        listed = taken(order, *layout.lines.split("."))
        lines = listed if isinstance(listed, list) else []
        rows = tuple([Row(number=number, cells=each) for number, each in enumerate(lines, 1)])
        groups.append(Group(head=order, rows=rows, content=canonical(order)))
    return groups


def _csv_groups(document: bytes, layout: Layout) -> list[Group]:
    """The rows of each reference together, also where those of others stand between."""
    if len(document) > LIMITS.body_bytes:
        raise InputError(f"the document has more than {LIMITS.body_bytes} bytes; send it in parts")
    try:
        text = document.decode("utf-8-sig" if layout.encoding == "utf-8" else layout.encoding)
    except UnicodeDecodeError as error:
        raise InputError(f"byte {error.start + 1} is not {layout.encoding}; give the right encoding") from None
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=layout.delimiter, strict=True)
    found: dict[str, list[Row]] = {}
    lines: dict[str, list[list[str]]] = {}
    header: list[str] | None = None
    column = layout.fields.get("reference", "")
    try:
        for cells in reader:
            if not any(cells):
                continue
            if header is None:
                header = cells
                _check_header(header, layout)
                continue
            row = _row(reader.line_num, cells, header)
            reference = str(taken(row.cells, column) or "").strip()
            # A row that names no order is one of its own, so that it is told and kept.
            key = f"order {reference}" if reference else f"row {reader.line_num}"
            found.setdefault(key, []).append(row)
            lines.setdefault(key, []).append(cells)
    except csv.Error as error:
        raise InputError(f"line {reader.line_num} cannot be read as CSV: {error}") from None
    if header is None or not found:
        raise InputError("the document holds no row below its header")
    return [
        Group(head=_head(rows), rows=tuple(rows), content=_written([header, *lines[key]], layout))
        for key, rows in found.items()
    ]


def _check_header(header: list[str], layout: Layout) -> None:
    for name, column in layout.fields.items():
        if header.count(column) != 1:
            says = "stands there twice" if column in header else "is missing"
            raise InputError(f"the column {column[:60]!r} ({name}) {says} in the header")


def _row(number: int, cells: list[str], header: list[str]) -> Row:
    problem = ""
    if len(cells) != len(header):
        problem = f"the row has {len(cells)} cells, the header {len(header)}"
    elif any(len(cell) > LONGEST_CELL for cell in cells):
        problem = f"a cell has more than {LONGEST_CELL} characters"
    return Row(number=number, cells=dict(zip(header, cells, strict=False)), problem=problem)


def _head(rows: list[Row]) -> JsonValue:
    """The first filled cell of every column."""
    head: dict[str, JsonValue] = {}
    for row in rows:
        if isinstance(row.cells, dict):
            for column, cell in row.cells.items():
                if not head.get(column):
                    head[column] = cell
    return head


def _written(lines: list[list[str]], layout: Layout) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=layout.delimiter, lineterminator="\n").writerows(lines)
    return text.getvalue().encode(layout.encoding)
