"""Card numbers never enter: a text that holds one is refused, and a backend's answer that holds one is blotted out.

A number counts as one when a card brand's prefix and length fit and its check digit (Luhn) is right, whatever stands
between its groups and in whatever digits it is written. Such a number must start and end where a group of digits does,
so that a long tracking or invoice number is not taken for a card because of a stretch inside it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from omscore.errors import InputError

FEWEST_DIGITS = 14

_BRANDS = (
    # Diners Club 14; American Express 15; then the brands of 16 to 19 digits. The 13 digits of very old Visa cards are
    # left out: none is issued any more, and every tenth German article number (EAN) would look like one.
    (range(14, 15), r"30[0-5]|309|3[689]"),
    (range(15, 16), r"3[47]"),
    (range(16, 17), r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720|3095|3[689]|30[0-5]|60|65|8[12]|508|9792"),
    (range(16, 20), r"4|6011|64[4-9]|65|35(?:2[89]|[3-8])|62|81|220[0-4]"),
    (range(16, 20), r"5018|5019|5020|5038|5893|6304|6759|676[123]|506[01]|6500"),
)
"""The lengths and first digits of the card brands, from their public numbering plans."""

_PREFIXES = {
    length: re.compile("|".join(prefix for lengths, prefix in _BRANDS if length in lengths)) for length in range(14, 20)
}

# Up to three marks, blanks or invisible characters may part two digits; no letter may.
_RUN = re.compile(r"\d(?:[\W_]{0,3}\d){13,}")
_GROUP = re.compile(r"\d+")
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def holds_card_number(text: str) -> bool:
    """True when a card number can be read in the text.

    >>> holds_card_number("card 4111-1111-1111-1111, thanks"), holds_card_number("order 4111111111111112")
    (True, False)
    """
    if len(text) < FEWEST_DIGITS:
        return False
    return any(True for _ in _card_spans(text if text.isascii() else unicodedata.normalize("NFKC", text)))


def refuse_card_number(text: str, *, what: str) -> None:
    """Let a text pass that holds no card number.

    Raises: InputError that never repeats the number.
    """
    if holds_card_number(text):
        raise InputError(
            f"{what} holds a card number; leave it out and give the payment provider's token instead",
            code="input.card_number",
            what=what,
        )


def without_card_numbers(text: str) -> str:
    """The text with all but the last four digits of every card number blotted out.

    >>> without_card_numbers("card 4111 1111 1111 1111 was declined")
    'card ************1111 was declined'
    """
    if not holds_card_number(text):
        return text
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    parts, left = [], 0
    for start, end, last in _card_spans(text):
        if start >= left:
            parts += [text[left:start], "************", last]
            left = end
    return "".join([*parts, text[left:]])


def tamed(text: str, *, longest: int = 1_000) -> str:
    """What a backend said, as it may be stored: cut to size, without card numbers, `?` for what cannot be seen.

    >>> tamed("declined:\\n4111111111111111\\0")
    'declined:?************1111?'
    """
    cut = text[:longest]
    seen = cut if cut.isprintable() else "".join(each if each.isprintable() else "?" for each in cut)
    return without_card_numbers(seen)[:longest]


def _card_spans(text: str) -> Iterator[tuple[int, int, str]]:
    """Where card numbers stand, with their last four digits; some may overlap."""
    for run in _RUN.finditer(text):
        groups = [(match.start(), match.end()) for match in _GROUP.finditer(text, run.start(), run.end())]
        for first, (start, _) in enumerate(groups):
            digits = ""
            for begin, end in groups[first:]:
                digits += "".join(str(int(digit)) for digit in text[begin:end]) if len(digits) <= 19 else ""
                if len(digits) > 19:
                    break
                prefix = _PREFIXES.get(len(digits))
                if prefix is not None and prefix.match(digits) and _luhn(digits):
                    yield start, end, digits[-4:]


def _luhn(digits: str) -> bool:
    """Whether the check digit is right. Source: ISO/IEC 7812-1, annex B."""
    backwards = [int(digit) for digit in reversed(digits)]
    return (sum(backwards[::2]) + sum(_DOUBLED[digit] for digit in backwards[1::2])) % 10 == 0
