"""A label in the printer language ZPL: 4 by 6 inches at 203 dots per inch, text in UTF-8.

Whatever comes from outside goes through `escaped`, so that an address can be printed but never obeyed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from omscore.errors import PortRefusedError
from omscore.ports.carriers import CarrierQuote, LabelRequest
from omscore_adapters.carrier_table.layout import address_lines, parcel_line, wrapped

WIDTH_DOTS = 812
HEIGHT_DOTS = 1218
_MARGIN = 40
_HEX_MARK = "_"
# Caret and tilde start commands, the mark itself starts a hexadecimal byte, a backslash is special in text blocks.
_SPECIAL = frozenset("^~\\" + _HEX_MARK)


def escaped(text: str) -> str:
    """The text for a field under `^FH_`: everything a printer might obey is written as hexadecimal bytes.

    Holds: the result has no caret, no tilde and no control character.

    >>> escaped("Unit_1^XZ~JR")
    'Unit_5F1_5EXZ_7EJR'
    """
    return "".join(
        "".join(f"{_HEX_MARK}{byte:02X}" for byte in character.encode("utf-8", "replace"))
        if character in _SPECIAL or not character.isprintable()
        else character
        for character in text
    )


def zpl_label(request: LabelRequest, quote: CarrierQuote, number: str) -> str:
    """The whole label as one ZPL format.

    Raises: PortRefusedError for an address that does not fit even in the smallest type.
    """
    commands = [
        "^XA",
        "^CI28",
        f"^PW{WIDTH_DOTS}",
        f"^LL{HEIGHT_DOTS}",
        "^LH0,0",
        *_block(address_lines(request.sender), "sender", y=30, height=190, largest=26),
        _rule(230),
        *_block(address_lines(request.recipient), "recipient", y=250, height=490, largest=52),
        _rule(750),
        *_block((f"{quote.carrier} {quote.service}",), "service", y=765, height=90, largest=52),
        *_block((parcel_line(request), request.reference), "reference", y=860, height=90, largest=30),
        _rule(960),
        f"^FO{_MARGIN + 60},990^BY3^BCN,150,Y,N,N,A^FD{escaped(number)}^FS",
        "^XZ",
    ]
    return "\n".join(commands) + "\n"


def _rule(y: int) -> str:
    return f"^FO{_MARGIN},{y}^GB{WIDTH_DOTS - 2 * _MARGIN},3,3^FS"


def _block(texts: Sequence[str], what: str, *, y: int, height: int, largest: int) -> Iterator[str]:
    """The texts in the largest type, in dots, in which they fit into the block."""
    for size in range(largest, 15, -2):
        pitch = size + size // 8
        # A letter of the printer's scalable font is on average not wider than 0.6 of its height.
        lines = wrapped(texts, (WIDTH_DOTS - 2 * _MARGIN) * 10 // (size * 6))
        if len(lines) * pitch <= height:
            return (_field(y + place * pitch, size, line) for place, line in enumerate(lines))
    raise PortRefusedError(
        f"the {what} has too many characters for a label of 4 by 6 inches; shorten it",
        code="port.refused.label",
        what=what,
    )


def _field(y: int, size: int, text: str) -> str:
    return f"^FO{_MARGIN},{y}^A0N,{size},0^FH{_HEX_MARK}^FD{escaped(text)}^FS"
