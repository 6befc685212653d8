"""What one currency is worth in another, as a source says it, with the day it was said. Nobody ever guesses a rate."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from omscore.money import ExchangeRate as ExchangeRate


class RatePort(Protocol):
    """One source of exchange rates."""

    def rate(self, base: str, quote: str, at: datetime) -> ExchangeRate:
        """The last rate from `base` to `quote` that was known at a moment, with its own moment and its source.

        Holds: a question about the past is answered the same today and tomorrow.
        Raises: PortRefusedError when there is none: a currency nobody knows, a moment too early, a last rate too old.
        """
        ...
