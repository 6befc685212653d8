"""Text on a page of fixed columns, where every character that can be seen takes the room it really takes.

What would move the printing position (control characters, line breaks, changes of the reading direction) never reaches
the page, so no name can break a column; East Asian characters count two columns and combining marks none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

PAGE_WIDTH = 80
"""Columns of a page."""

# Control and format characters, halves of surrogate pairs, line and paragraph separators.
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS = "\u200c\u200d"
_MARKS = re.compile("((?:\u200c|\u200d|[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]){4})+")


class Column(NamedTuple):
    """One column of a table. Shape: a `right` column holds numbers and is never wrapped."""

    title: str
    width: int
    right: bool = False


def printable(text: str) -> str:
    """The text on one line, without anything that cannot be seen; other blanks become spaces.

    >>> printable("Green\\ttea\\r\\n\\x1b[31m")
    'Green tea [31m'
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    shown = (
        " " if (kind := unicodedata.category(character)) == "Zs" or (kind in _UNPRINTABLE and character not in _JOINERS)
        else character
        for character in unicodedata.normalize("NFC", text)
    )
    return " ".join("".join(shown).split())


def width_of(text: str) -> int:
    """How many columns a printable text takes.

    >>> width_of("tea"), width_of("\\u7dd1\\u8336")
    (3, 4)
    """
    return len(text) if text.isascii() else sum(map(_columns, text))
