"""What a shop sets about purchase orders in EDIFACT, and about messages back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import attrs

from omscore.errors import InputError
from omscore.records import frozen
from omscore_adapters.channel_edi import check_parties

CHARACTER_SETS = ("UNOC", "UNOD", "UNOE", "UNOF")
"""Those that messages back can be written in."""
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/-]{0,16}")


@frozen(kw_only=True)
class EdifactSettings:
    """What an order leaves to agreement between the two sides.

    Shape: `currency` and `country` hold where an order names none; `sku_qualifiers` are looked for in this order among
    the article numbers of a line, those of LIN as `LIN`, and articles are told under the first of them; `units` are
    the units of measure that mean single pieces, and units are told in the first of them. Without an `outbox` the
    sender is told nothing; `own_id` and `partner_id` stand in the envelope of what is told; with `acknowledge` every
    interchange is answered by an acknowledgement.

    >>> EdifactSettings().sku_qualifiers
    ('SA', 'LIN', 'BP')
    """

    currency: str = "EUR"
    country: str = "DE"
    sku_qualifiers: tuple[str, ...] = ("SA", "LIN", "BP")
    units: tuple[str, ...] = ("PCE", "EA", "C62", "H87")
    skus: Mapping[str, str] = attrs.field(factory=dict)
    outbox: Path | None = None
    own_id: str = ""
    own_qualifier: str = "14"
    partner_id: str = ""
    partner_qualifier: str = "14"
    is_test: bool = False
    acknowledge: bool = False
    character_set: str = "UNOC"

    def __attrs_post_init__(self) -> None:
        check_parties(
            self.outbox,
            {"own_id": self.own_id, "partner_id": self.partner_id},
            {"sku_qualifiers": self.sku_qualifiers, "units": self.units},
            acknowledges=self.acknowledge,
        )
        for name, value in (("own_id", self.own_id), ("partner_id", self.partner_id)):
            if value and _ID.fullmatch(value) is None:
                raise InputError(f"{name} is {value!r}; write 1 to 17 letters, digits, blanks or any of ._/-")
        for name, value in (("own_qualifier", self.own_qualifier), ("partner_qualifier", self.partner_qualifier)):
            if re.fullmatch("[A-Z0-9]{1,4}", value) is None:
                raise InputError(f"{name} is {value!r}; write a qualifier of UNB such as 14, or ZZZ")
        if self.character_set not in CHARACTER_SETS:
            raise InputError(f"character_set is {self.character_set!r}; there are {', '.join(CHARACTER_SETS)}")
