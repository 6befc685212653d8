"""A notice as a block of text that is safe to show on a terminal."""

from __future__ import annotations

import unicodedata

from omscore.ports.notices import Notice

_FRAME = "-" * 72


def notice_block(notice: Notice) -> str:
    """The notice between two rules, its head first.

    Holds: no control character but line breaks reaches the terminal; others are shown as escapes.

    >>> from datetime import UTC, datetime
    >>> noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> block = notice_block(Notice(key="n1", to="a@example.org", subject="Sent", text="On its way.", at=noon))
    >>> block.splitlines()[1]
    'to: a@example.org'
    """
    head = (
        ("to", notice.to),
        ("subject", notice.subject),
        ("at", notice.at.isoformat()),
        ("key", notice.key),
    )
    body = "\n".join(_visible(line) for line in notice.text.replace("\r\n", "\n").split("\n"))
    lines = [_FRAME, *(f"{name}: {_visible(value)}" for name, value in head), "", body, _FRAME]
    return "\n".join(lines) + "\n"


def _visible(text: str) -> str:
    return "".join(
        character if _is_harmless(character) else character.encode("unicode_escape").decode() for character in text
    )


def _is_harmless(character: str) -> bool:
    # Blanks of other widths (formatted amounts have them) count as not printable, but only move the cursor.
    return character.isprintable() or character == "\t" or unicodedata.category(character) == "Zs"
