"""What a shop may set about the manual payment provider."""

from __future__ import annotations

from pathlib import Path

from omscore.errors import SetupError
from omscore.records import frozen


@frozen(kw_only=True)
class ManualPaymentSettings:
    """How much the provider remembers.

    Units: remembered_keys counts attempts, and authorisations, before the oldest is forgotten.
    Shape: `book` is a CSV file that every attempt is added to, so that later programs can list them.

    >>> ManualPaymentSettings().remembered_keys
    20000
    """

    remembered_keys: int = 20_000
    book: Path | None = None

    def __attrs_post_init__(self) -> None:
        if type(self.remembered_keys) is not int or not 1 <= self.remembered_keys <= 10_000_000:
            raise SetupError(
                f"payment.manual.remembered_keys is {self.remembered_keys!r}; write a whole number from 1 to 10000000"
            )
