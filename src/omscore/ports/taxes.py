"""Which tax rate an item bears at a destination on a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from omscore.places import Destination
from omscore.records import frozen


@frozen(kw_only=True)
class TaxRate:
    """A named rate. Units: 0.20 means 20 percent of the net amount."""

    code: str
    rate: Decimal


class TaxPort(Protocol):
    """One source of tax rates."""

    def rates(self, categories: Sequence[str], destination: Destination, at: datetime) -> tuple[TaxRate, ...]:
        """One rate per tax category, in the order asked."""
        ...
