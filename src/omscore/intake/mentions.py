"""Whether a document speaks of a person: by mail address, by phone number, or by name and postcode together."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from omscore.errors import InputError
from omscore.parties import Person

FEWEST_DIGITS = 7
"""A shorter run of digits is no phone number anybody could be known by."""

_ESCAPED = re.compile(r"(?:\\u[0-9a-f]{4})+")
_BETWEEN = r"[\s().\-/]{0,3}"


def mentions(content: bytes, person: Person) -> bool:
    """Whether the document holds the person's mail address or phone number, or name and a postcode of theirs.

    >>> from omscore.ids import PersonId
    >>> anna = Person(person_id=PersonId("per_1"), name="Anna", phone="+49 30 1234567")
    >>> mentions(b'{"tel": "030/123 45 67"}', anna), mentions(b'{"id": 301234568}', anna)
    (True, False)
    """
    text = _plain(content)
    if any(_holds(text, mark) for mark in (person.mail, person.phone) if mark):
        return True
    name = _folded(person.name)
    postcodes = [_folded(address.postcode) for _, address in person.addresses if address.postcode]
    return name in text and any(postcode in text for postcode in postcodes)


def holds(content: bytes, marks: Iterable[str]) -> bool:
    """Whether one of these mail addresses or phone numbers stands in the document.

    Raises: InputError for a text that is neither.
    """
    wanted = list(marks)
    for mark in wanted:
        if "@" not in mark and len(re.sub(r"\D", "", mark)) < FEWEST_DIGITS:
            raise InputError(
                f"{mark[:40]!r} is no mail address, and has fewer than {FEWEST_DIGITS} digits for a phone number",
                code="input.mark",
            )
    text = _plain(content)
    return any(_holds(text, mark) for mark in wanted)


def _holds(text: str, mark: str) -> bool:
    if "@" in mark:
        return _folded(mark) in text
    digits = re.sub(r"\D", "", mark)
    if len(digits) < FEWEST_DIGITS:
        return False
    # Country code and trunk zero are written or not: what follows them is enough.
    local = digits[-max(FEWEST_DIGITS, len(digits) - 2) :]
    return re.search(rf"(?<!\d)[\d\s()+.\-/]{{0,8}}{_BETWEEN.join(local)}(?!\d)", text) is not None


def _plain(content: bytes) -> str:
    """The text as it is compared, without the escapes of JSON and the release characters of EDI."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    folded = _folded(text)
    return _folded(_ESCAPED.sub(lambda found: _unescaped(found[0]), folded)) if "\\u" in folded else folded


def _unescaped(escapes: str) -> str:
    """Characters beyond the first plane, such as some in Japanese names, are written as two halves."""
    units = bytes.fromhex(escapes.replace("\\u", ""))
    return units.decode("utf-16-be", "replace")


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().replace("?", "")
