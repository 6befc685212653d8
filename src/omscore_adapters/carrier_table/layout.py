"""The lines of a label, wrapped to the width they are printed in; nothing of an address is ever cut off."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from omscore.places import Address
from omscore.ports.carriers import LabelRequest


def address_lines(address: Address) -> tuple[str, ...]:
    """The address as it is printed, one text per line, the country last.

    >>> address_lines(Address(recipient="A. Reader", lines=("1 High Street",), city="Ayr", country="GB"))
    ('A. Reader', '1 High Street', 'Ayr', 'GB')
    """
    town = " ".join(part for part in (address.postcode, address.city, address.region) if part.strip())
    return (address.recipient, *address.lines, town, address.country)


def parcel_line(request: LabelRequest) -> str:
    """Mass and size of the parcel in one line."""
    parcel = request.parcel
    edges = (parcel.length_mm, parcel.width_mm, parcel.height_mm)
    return f"{parcel.mass_g} g  " + (f"{edges[0]} x {edges[1]} x {edges[2]} mm" if any(edges) else "not measured")


def columns(text: str) -> int:
    """How many columns a text takes: two for wide characters, none for marks set over others.

    >>> columns("Zürich"), columns("東京")
    (6, 4)
    """
    return sum(_width(character) for character in text)


def wrapped(texts: Iterable[str], width: int) -> tuple[str, ...]:
    """Every text broken into lines of at most `width` columns, at blanks where there are any.

    Holds: no character but blanks at a break is lost.

    >>> wrapped(["12 Long Street Name"], 11)
    ('12 Long', 'Street Name')
    """
    lines: list[str] = []
    for text in texts:
        line = ""
        for word in text.split():
            if line and columns(line) + 1 + columns(word) <= width:
                line += f" {word}"
                continue
            if line:
                lines.append(line)
            *full, line = _chunks(word, width)
            lines.extend(full)
        lines.append(line)
    return tuple(lines)


def _chunks(word: str, width: int) -> list[str]:
    chunks, taken = [""], 0
    for character in word:
        taken += _width(character)
        if taken > width:
            chunks.append("")
            taken = _width(character)
        chunks[-1] += character
    return chunks


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
