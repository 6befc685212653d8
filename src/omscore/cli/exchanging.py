"""Journal entries in one currency, at the rates of the source a shop names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from omscore.billing.inbase import PostingInBase, in_base
from omscore.billing.journal import JournalEntry
from omscore.cli.records import Where
from omscore.errors import SetupError
from omscore.money import currency_exponent
from omscore.plugins.discovery import Plugins
from omscore.plugins.providers import PortKind
from omscore.policy.loading import load_shop

Exchanging: TypeAlias = Callable[[JournalEntry], tuple[PostingInBase, ...]]


@contextmanager
def exchanging(where: Where, currency: str) -> Iterator[Exchanging]:
    """What brings an entry into the currency, at the rates of the entry's own moment.

    Raises: SetupError where no source of rates is named; PortError for an entry nobody knows a rate for.
    """
    currency_exponent(currency)
    if not isinstance(where, Path) or where.suffix != ".toml":
        raise SetupError("--in needs exchange rates: give as --db the shop.toml that names their source, [rates.NAME]")
    shop = load_shop(where)
    if not shop.rates:
        raise SetupError(f"{where} names no source of exchange rates; add a table such as [rates.table]", path="rates")
    ((name, settings),) = shop.rates.items()
    with Plugins().open(PortKind.RATE, name, settings, folder=where.absolute().parent) as rates:
        yield lambda entry: in_base(entry, currency, lambda foreign: rates.rate(foreign, currency, entry.at))
