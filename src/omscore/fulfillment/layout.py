"""Text on a page of fixed columns, where every character that can be seen takes the room it really takes.

What would move the printing position (control characters, line breaks, changes of the reading direction) never reaches
the page, so no name can break a column; East Asian characters count two columns and combining marks none.
"""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

PAGE_WIDTH = 80
"""Columns of a page."""

_GAP = 2
_MAX_MARKS = 4
_JOINERS = "\u200c\u200d"


class Column(NamedTuple):
    """One column of a table.

    Shape: a `right` column is aligned at its right edge; `lines` 0 means as many as needed.
    """

    title: str
    width: int
    right: bool = False
    lines: int = 0


def printable(text: str) -> str:
    """The text in one line without anything invisible; whatever else is blank becomes a space.

    >>> printable("Green\\ttea\\r\\n\\x1b[31m")
    'Green tea [31m'
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    shown, marks = [], 0
    for character in unicodedata.normalize("NFC", text):
        category = unicodedata.category(character)
        if category[0] in "CZ" and category not in ("Cn", "Co") and character not in _JOINERS:
            character = " "  # control, format and surrogate characters; separators of every kind
        # Marks stack up on one character; more than a few of them would run over the neighbouring lines.
        marks = marks + 1 if _columns(character) == 0 else 0
        if marks <= _MAX_MARKS:
            shown.append(character)
    return " ".join("".join(shown).split())


def width_of(text: str) -> int:
    """How many columns a printable text takes.

    >>> width_of("tea"), width_of("\\u7dd1\\u8336")
    (3, 4)
    """
    return len(text) if text.isascii() else sum(map(_columns, text))


def wrapped(text: str, width: int, *, lines: int = 0) -> list[str]:
    """The text in lines of at most so many columns, broken between words where that is possible.

    Shape: at least one line; with `lines` the rest is cut off and its last line ends in an ellipsis.

    >>> wrapped("Loose leaf green tea from Uji", 12)
    ['Loose leaf', 'green tea', 'from Uji']
    >>> wrapped("Loose leaf green tea from Uji", 12, lines=2)
    ['Loose leaf', 'green tea \u2026']
    """
    broken = [""]
    for word in printable(text).split(" "):
        together = f"{broken[-1]} {word}" if broken[-1] else word
        if width_of(together) <= width:
            broken[-1] = together
            continue
        pieces = _pieces(word, width)
        if broken[-1]:
            broken.append("")
        broken[-1:] = pieces
    if lines and len(broken) > lines:
        kept = _pieces(broken[lines - 1], width - 2)[0].rstrip()
        broken[lines - 1 :] = [f"{kept} \u2026"]
    return broken


def aligned(text: str, width: int, *, right: bool = False) -> str:
    """A printable text filled up with spaces to a width."""
    blanks = " " * (width - width_of(text))
    return blanks + text if right else text + blanks


def row(cells: Sequence[str], columns: Sequence[Column]) -> list[str]:
    """The lines of one table row; cells too long for their column go on in the lines below."""
    pillars = [wrapped(cell, column.width, lines=column.lines) for cell, column in zip(cells, columns, strict=True)]
    gap = " " * _GAP
    return [
        gap.join(
            aligned(part, column.width, right=column.right) for part, column in zip(parts, columns, strict=True)
        ).rstrip()
        for parts in itertools.zip_longest(*pillars, fillvalue="")
    ]


def heading(columns: Sequence[Column], rule: str = "-") -> list[str]:
    """The column titles between two rules."""
    return [rule * PAGE_WIDTH, *row([column.title for column in columns], columns), rule * PAGE_WIDTH]


def rest_of_page(*taken: int) -> int:
    """The width that is left for one more column beside the others and the gaps between."""
    return PAGE_WIDTH - sum(taken) - _GAP * len(taken)


def side_by_side(left: Iterable[str], right: Iterable[tuple[str, str]], *, label_width: int = 10) -> list[str]:
    """Lines of text on the left, labelled facts on the right; facts without a value are left out."""
    columns = (Column("", 40), Column("", label_width), Column("", rest_of_page(40, label_width)))
    texts = [line for text in left for line in wrapped(text, columns[0].width)]
    facts = [
        (label if at == 0 else "", line)
        for label, value in right
        if printable(value)
        for at, line in enumerate(wrapped(value, columns[2].width))
    ]
    height = max(len(texts), len(facts))
    texts += [""] * (height - len(texts))
    facts += [("", "")] * (height - len(facts))
    return [line for text, fact in zip(texts, facts, strict=True) for line in row((text, *fact), columns)]


def _pieces(word: str, width: int) -> list[str]:
    """The word cut into pieces of at most so many columns; a combining mark stays with its character."""
    pieces, taken = [""], 0
    for character in word:
        columns = _columns(character)
        if taken + columns > width:
            pieces.append("")
            taken = 0
        pieces[-1] += character
        taken += columns
    return pieces


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me") or character in _JOINERS:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
