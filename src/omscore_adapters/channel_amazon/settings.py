"""What a shop sets about its orders from Amazon, and to tell Amazon what was sent."""

from __future__ import annotations

import re
from collections.abc import Mapping

import attrs

from omscore.errors import InputError
from omscore.records import frozen
from omscore.secrets import Secret
from omscore_adapters.channel_http import check_url

LONGEST_TIMEOUT_S = 20


@frozen(kw_only=True)
class AmazonSettings:
    """How articles are called here that Amazon knows under another seller SKU, and how Amazon is told of parcels.

    Shape: with `url`, the endpoint of the seller's region, parcels are told; then `marketplace_id` and the credentials
    of the app are needed: `client_id`, `client_secret` and the seller's `refresh_token`. `carriers` has the names
    Amazon knows carriers by; others are told as `Other`.

    >>> AmazonSettings(skus={"TEA-AMZ": "TEA"}).skus["TEA-AMZ"]
    'TEA'
    """

    skus: Mapping[str, str] = attrs.field(factory=dict)
    url: str = ""
    marketplace_id: str = ""
    client_id: str = ""
    client_secret: Secret | None = None
    refresh_token: Secret | None = None
    token_url: str = "https://api.amazon.com/auth/o2/token"  # noqa: S105 (an address)
    carriers: Mapping[str, str] = attrs.field(factory=dict)
    timeout_s: int = 10

    def __attrs_post_init__(self) -> None:
        if self.url:
            check_url(self.url, "url", "https://sellingpartnerapi-eu.amazon.com")
            check_url(self.token_url, "token_url", "https://api.amazon.com/auth/o2/token", path=True)
            if re.fullmatch("[A-Z0-9]{5,20}", self.marketplace_id) is None:
                raise InputError(f"marketplace_id is {self.marketplace_id!r}; write one such as A1PA6795UKMFR9")
            for name in ("client_id", "client_secret", "refresh_token"):
                if not getattr(self, name):
                    raise InputError(f"{name} is missing, but parcels told to url need it; see your app's credentials")
        if not 1 <= self.timeout_s <= LONGEST_TIMEOUT_S:
            raise InputError(f"timeout_s is {self.timeout_s}; give 1 to {LONGEST_TIMEOUT_S} seconds")
