"""Text that people typed, checked once at the border.

Everything is brought into Unicode's composed form (NFC) and refused when it carries what no reader can see but a
terminal, a label printer or a database can trip over. Messages never repeat the text itself: it may be personal.
"""

from __future__ import annotations

import unicodedata

from omscore.border.cards import refuse_card_number
from omscore.errors import InputError

BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the reading direction around and so can make one text look like another."""

_REFUSED_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
_BYTE_ORDER_MARK = "\ufeff"


def checked_text(value: object, *, what: str, max_length: int = 200, empty: bool = False) -> str:
    """The text in composed form when it is safe to store, print and show on one line.

    Shape: `empty=True` also lets the empty text through; blanks alone are never a text.
    Raises: InputError for other types, control characters, line breaks, reading-direction controls, card
    numbers and long text.

    >>> checked_text("Zoe\\u0308 Ade", what="name") == "Zo\\u00eb Ade"
    True
    """
    if type(value) is not str:
        raise _refused(what, f"must be text, not {type(value).__name__}")
    # Composing shortens a text at most a few times over, so anything much longer is refused before the work is done.
    if len(value) > 4 * max_length:
        raise _refused(what, f"has {len(value)} characters; shorten it to at most {max_length}")
    if not (value.isascii() and value.isprintable()):
        value = unicodedata.normalize("NFC", value)
        for position, character in enumerate(value, start=1):
            if (
                character in BIDI_CONTROLS
                or character == _BYTE_ORDER_MARK
                or unicodedata.category(character) in _REFUSED_CATEGORIES
            ):
                raise _refused(what, f"holds U+{ord(character):04X} at position {position}, which has no place there")
    if len(value) > max_length:
        raise _refused(what, f"has {len(value)} characters; shorten it to at most {max_length}")
    if not value.strip() and (value or not empty):
        raise _refused(what, "is blank; give at least one visible character")
    refuse_card_number(value, what=what)
    return value


def _refused(what: str, why: str) -> InputError:
    return InputError(f"{what} {why}", code="input.text", what=what)
