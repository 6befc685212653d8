"""What a shop sets to buy labels through EasyPost: keys, where parcels are rated from, which labels it prints."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from omscore.errors import InputError, SetupError
from omscore.records import frozen
from omscore.secrets import Secret

_PREFIX = re.compile(r"[a-z0-9]{2,20}")
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_FILES = ("easypost-files.s3.us-west-2.amazonaws.com", "easypost-files.s3-us-west-2.amazonaws.com")
LONGEST_TIMEOUT_S = 20


class LabelFormat(StrEnum):
    """The forms a label can have."""

    ZPL = "ZPL"
    PDF = "PDF"
    PNG = "PNG"


@frozen(kw_only=True)
class EasyPostSettings:
    """How to reach the account, and what its labels look like.

    Shape: `reference` starts the names of this shop's shipments in the account, so that two shops may share one;
    `postcodes` is where parcels are rated from, by country; `label_hosts` are the only places label files are fetched
    from, beside the API itself; `label_folder` is where they are kept for the printing table, if anywhere;
    `webhook_secrets` are all that are good at present, so that one can be replaced without a gap.

    >>> EasyPostSettings(api_key=Secret("EZTK1"), reference="tea", postcodes={"US": "94104"})
    EasyPostSettings(api_key=Secret('***'), reference='tea', postcodes={'US': '94104'}, webhook_secrets=(), \
label_format=<LabelFormat.ZPL: 'ZPL'>, label_folder=None, label_hosts=('easypost-files.s3.us-west-2.amazonaws.com', \
'easypost-files.s3-us-west-2.amazonaws.com'), api_base='https://api.easypost.com/v2', timeout_s=10)
    """

    api_key: Secret
    reference: str
    postcodes: Mapping[str, str]
    webhook_secrets: tuple[Secret, ...] = ()
    label_format: LabelFormat = LabelFormat.ZPL
    label_folder: Path | None = None
    label_hosts: tuple[str, ...] = _FILES
    api_base: str = "https://api.easypost.com/v2"
    timeout_s: int = 10

    def __attrs_post_init__(self) -> None:
        if _PREFIX.fullmatch(self.reference) is None:
            raise InputError(f"reference is {self.reference!r}; write 2 to 20 small letters and digits, such as tea")
        if not self.postcodes:
            raise SetupError(
                "carrier.easypost.postcodes is empty; give the postcode of a location for each country you ship from"
            )
        if not 1 <= self.timeout_s <= LONGEST_TIMEOUT_S:
            raise InputError(f"timeout_s is {self.timeout_s}; give 1 to {LONGEST_TIMEOUT_S} seconds")
        if any(not host or set(host) & set("/:@") for host in self.label_hosts):
            raise InputError("label_hosts are names of hosts alone, such as files.example")
        try:
            base = urlsplit(self.api_base)
            is_safe = base.scheme == "https" or (base.scheme == "http" and base.hostname in _LOOPBACK)
        except ValueError:
            is_safe = False
        if not is_safe:
            raise InputError(f"api_base is {self.api_base!r}; the key is sent there, so it must begin with https://")
