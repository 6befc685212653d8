"""Where the books are kept and from which day on."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from omscore.records import frozen


@frozen(kw_only=True)
class BeancountSettings:
    """The text file of the books.

    Shape: `opened` is the day the accounts are opened on when the file is made; None takes the day of the earliest
    entry posted first. A file that exists keeps its own days.

    >>> BeancountSettings(path=Path("books.beancount"), opened=date(2026, 1, 1)).opened.year
    2026
    """

    path: Path
    opened: date | None = None
