"""Names that others gave, compared by their exact characters: two that look alike must not be two.

What a reader could not tell apart is refused: invisible characters, uncomposed accents, Latin, Cyrillic and Greek
letters mixed in one name.
"""

from __future__ import annotations

import re
import unicodedata

from omscore.border.cards import without_card_numbers
from omscore.errors import InputError

LONGEST_REFERENCE = 200

_LOOKALIKE_SCRIPTS = ("LATIN", "CYRILLIC", "GREEK")
# Printable by Unicode's book, yet nothing is drawn: joiners, fillers and variation selectors.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)


def ambiguity_of(text: str) -> str:
    """What makes the name ambiguous, as the rest of a sentence; empty when nothing does.

    >>> ambiguity_of("TEA-100"), ambiguity_of(" TEA")
    ('', "' TEA' has blanks at its ends; remove them")
    """
    if text.isascii() and text.isprintable() and text.strip() == text:
        return ""
    shown = ascii(without_card_numbers(text[:200]))
    if text != text.strip():
        return f"{shown} has blanks at its ends; remove them"
    if not text.isprintable() or _UNSEEN.search(text):
        return f"{shown} holds a character that cannot be seen; remove it"
    if text.isascii():
        return ""
    if not unicodedata.is_normalized("NFC", text):
        return f"{shown} is not in composed form; normalise it to NFC first"
    scripts = sorted({script for letter in text for script in _LOOKALIKE_SCRIPTS if script in _name_of(letter)})
    if len(scripts) > 1:
        return f"{shown} mixes {' and '.join(scripts)} letters that look alike; use one script"
    return ""


def checked_reference(text: str, *, what: str) -> str:
    """The text itself when it can name one thing and no other; the empty text names nothing.

    Raises: InputError for over 200 characters and for whatever makes a name ambiguous.

    >>> checked_reference("2026/0815", what="order reference")
    '2026/0815'
    """
    if len(text) > LONGEST_REFERENCE:
        raise InputError(f"{what} has {len(text)} characters; give at most {LONGEST_REFERENCE}", code="input.name")
    if why := ambiguity_of(text):
        raise InputError(f"{what} {why}", code="input.name", what=what)
    return text


def _name_of(letter: str) -> str:
    return unicodedata.name(letter, "") if letter.isalpha() else ""
