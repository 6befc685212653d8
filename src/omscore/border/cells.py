"""Text for cells of a spreadsheet, where what begins like a formula would be run by whoever opens the file."""

from __future__ import annotations

_FORMULA = frozenset("=+-@\uff1d\uff0b\uff0d\uff20")
"""What a formula begins with; spreadsheets take the full-width forms for the others."""
_BREAKS = frozenset("\t\r\n")
_BYTE_ORDER_MARK = "\ufeff"


def cell_text(text: str) -> str:
    """The text with an apostrophe before it when a spreadsheet could take it for a formula.

    Shape: for text only; a number is written as a number, or sums would no longer add up.
    Holds: `text_of_cell` gives the text back, whatever it is.

    >>> cell_text("=1+1"), cell_text("tea =1+1")
    ("'=1+1", 'tea =1+1')
    """
    return f"'{text}" if _needs_mark(text) else text


def text_of_cell(cell: str) -> str:
    """The text that a cell was made from.

    >>> text_of_cell("'=1+1")
    '=1+1'
    """
    return cell[1:] if cell.startswith("'") else cell


def _needs_mark(text: str) -> bool:
    if text[:1] in _BREAKS or text.startswith("'"):
        return bool(text)
    seen = text.replace(_BYTE_ORDER_MARK, "").lstrip()
    return seen[:1] in _FORMULA and bool(seen)
