"""What a shop sets about a carrier it prices by table: the rate card's file and the zones it speaks of."""

from __future__ import annotations

import re
from pathlib import Path

from omscore.errors import SetupError
from omscore.records import frozen
from omscore.routing.ratecard import ZoneRule
from omscore.routing.surcharges import Surcharge

_PREFIX = re.compile(r"[A-Z]{2}")


@frozen(kw_only=True)
class CarrierTableSettings:
    """Where the rate card is, which lanes belong to which zone, what is added to its rates, and what tracking numbers
    start with.

    >>> everywhere = ZoneRule(zone="all", origins=("*",), destinations=("*",))
    >>> CarrierTableSettings(rates=Path("rates.csv"), zones=(everywhere,)).prefix
    'TB'
    """

    rates: Path
    zones: tuple[ZoneRule, ...]
    prefix: str = "TB"
    surcharges: tuple[Surcharge, ...] = ()

    def __attrs_post_init__(self) -> None:
        for surcharge in self.surcharges:
            if surcharge.flags:
                raise SetupError(
                    f"carrier.table.surcharges: {surcharge.name} asks for items with flags, but a carrier is not told "
                    "what is in a parcel; leave it out here"
                )
        if not self.zones:
            raise SetupError("carrier.table.zones has no rule; add one with zone, origins and destinations")
        if type(self.prefix) is not str or _PREFIX.fullmatch(self.prefix) is None:
            raise SetupError(f"carrier.table.prefix is {self.prefix!r}; write two capital letters such as TB")
