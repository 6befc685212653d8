"""What a shop sets about purchase orders in X12, and about messages back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import attrs

from omscore.errors import InputError
from omscore.records import frozen
from omscore_adapters.channel_edi import check_parties

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/&-]{0,13}[A-Za-z0-9]")


@frozen(kw_only=True)
class X12Settings:
    """What a purchase order leaves to agreement between the two sides.

    Shape: `currency` and `country` hold where an order names none; `sku_qualifiers` are looked for in this order among
    the article numbers of a line, and articles are told under the first of them; `units` are the units of measure that
    mean single pieces, and units are told in the first of them. Without an `outbox` the sender is told nothing;
    `own_id` and `partner_id` stand in the envelope of what is told; with `acknowledge` every interchange is answered by
    an acknowledgement; `separators` part elements, components and
    segments there; `scac` has the carriers' standard codes.

    >>> X12Settings().sku_qualifiers[0]
    'VP'
    """

    currency: str = "USD"
    country: str = "US"
    sku_qualifiers: tuple[str, ...] = ("VP", "VN", "SK", "UP", "EN", "BP", "IN")
    units: tuple[str, ...] = ("EA", "PC")
    freight_codes: tuple[str, ...] = ("D240", "G821")
    prices_include_tax: bool = False
    skus: Mapping[str, str] = attrs.field(factory=dict)
    outbox: Path | None = None
    own_id: str = ""
    own_qualifier: str = "ZZ"
    partner_id: str = ""
    partner_qualifier: str = "ZZ"
    is_test: bool = False
    acknowledge: bool = False
    separators: str = "*>~"
    scac: Mapping[str, str] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        check_parties(
            self.outbox,
            {"own_id": self.own_id, "partner_id": self.partner_id},
            {"sku_qualifiers": self.sku_qualifiers, "units": self.units},
            acknowledges=self.acknowledge,
        )
        for name, value in (("own_id", self.own_id), ("partner_id", self.partner_id)):
            if value and _ID.fullmatch(value) is None:
                raise InputError(f"{name} is {value!r}; write 2 to 15 letters, digits, blanks or any of ._/&-")
        for name, value in (("own_qualifier", self.own_qualifier), ("partner_qualifier", self.partner_qualifier)):
            if re.fullmatch("[A-Z0-9]{2}", value) is None:
                raise InputError(f"{name} is {value!r}; write the two characters of ISA05, such as ZZ or 01")
        if (
            len(set(self.separators)) != 3
            or not (self.separators.isascii() and self.separators.isprintable())
            or any(mark.isalnum() or mark in " ._/&-" for mark in self.separators)
        ):
            raise InputError(f"separators is {self.separators!r}; write three different signs, such as *>~")
