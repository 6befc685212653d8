"""The same label as plain text, for a screen, a mail or a printer without ZPL."""

from __future__ import annotations

from collections.abc import Sequence

from omscore.ports.carriers import CarrierQuote, LabelRequest
from omscore_adapters.carrier_table.layout import address_lines, parcel_line, wrapped

_WIDTH = 48
_INDENT = 11


def plain_label(request: LabelRequest, quote: CarrierQuote, number: str) -> str:
    """The label in lines of at most 60 columns."""
    parts = (
        ("From", address_lines(request.sender)),
        ("To", address_lines(request.recipient)),
        ("Service", (f"{quote.carrier} {quote.service}",)),
        ("Parcel", (parcel_line(request),)),
        ("Reference", (request.reference,)),
        ("Tracking", (number,)),
    )
    return "".join(_part(title, texts) for title, texts in parts)


def _part(title: str, texts: Sequence[str]) -> str:
    lines = wrapped(map(_visible, texts), _WIDTH)
    heads = [title, *[""] * (len(lines) - 1)]
    return "".join(f"{head:<{_INDENT}}{line}".rstrip() + "\n" for head, line in zip(heads, lines, strict=True))


def _visible(text: str) -> str:
    # Blanks of every kind stay: the wrapping breaks lines there.
    return "".join(character if character.isprintable() or character.isspace() else "?" for character in text)
