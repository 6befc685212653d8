"""What a shop sets to reach one carrier through karrio: which connection, its account, what labels look like."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from omscore.errors import InputError, SetupError
from omscore.plugins import Need
from omscore.records import frozen
from omscore.secrets import Secret

_CONNECTION = re.compile(r"[a-z0-9_]{2,40}")
LONGEST_TIMEOUT_S = 25
LIBRARIES = (
    Need(module="karrio", name="the karrio SDK", install="omscore[karrio]"),
    Need(module="jinja2", name="Jinja2, which the karrio SDK imports", install="omscore[karrio]"),
)


class LabelFormat(StrEnum):
    """The forms a label can be asked for in."""

    PDF = "PDF"
    ZPL = "ZPL"
    PNG = "PNG"


@frozen(kw_only=True)
class KarrioSettings:
    """One account at one carrier.

    Shape: `connection` is karrio's name of the carrier; `account` are the fields its connector asks for;
    `postcodes` is where parcels are rated from, by country.

    >>> KarrioSettings(connection="usps", account={"client_id": Secret("x")}, postcodes={"US": "94104"}).label_format
    <LabelFormat.PDF: 'PDF'>
    """

    connection: str
    account: Mapping[str, Secret]
    postcodes: Mapping[str, str]
    test_mode: bool = False
    label_format: LabelFormat = LabelFormat.PDF
    timeout_s: int = 20

    def __attrs_post_init__(self) -> None:
        if _CONNECTION.fullmatch(self.connection) is None:
            raise InputError(f"connection is {self.connection!r}; write karrio's name of a carrier, such as usps")
        if not self.postcodes:
            raise SetupError(
                "carrier.karrio.postcodes is empty; give the postcode of a location for each country you ship from"
            )
        if not 1 <= self.timeout_s <= LONGEST_TIMEOUT_S:
            raise InputError(f"timeout_s is {self.timeout_s}; give 1 to {LONGEST_TIMEOUT_S} seconds")
