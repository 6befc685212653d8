"""The books of the company: balanced journal entries out, each posted once under its own id."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from omscore.billing.journal import Account, JournalEntry, Posting

__all__ = ["Account", "ErpPort", "JournalEntry", "Posting"]


class ErpPort(Protocol):
    """One accounting system."""

    def post(self, entries: Sequence[JournalEntry]) -> None:
        """Books every entry; an entry id that is booked already is left as it is."""
        ...
