"""What a shop sets about its Shopify orders, and to tell Shopify what became of them."""

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
class ShopifySettings:
    """Which orders are taken, how articles are called here, and what webhooks are signed with.

    Shape: `statuses` are the financial states in which an order is taken; `skus` names articles that Shopify calls
    otherwise; `secrets` are tried one after another, so that a new one can be added before the old one is taken out.
    With `url` and `token` parcels are told to the Admin API, with `location`, the number of a location there, stock
    too.

    >>> ShopifySettings().statuses
    ('paid', 'authorized')
    """

    statuses: tuple[str, ...] = ("paid", "authorized")
    secrets: tuple[Secret, ...] = ()
    skus: Mapping[str, str] = attrs.field(factory=dict)
    url: str = ""
    token: Secret | None = None
    location: str = ""
    timeout_s: int = 10

    def __attrs_post_init__(self) -> None:
        if bool(self.url) != (self.token is not None):
            raise InputError("url and token go together: both, and parcels are told; neither, and nothing is")
        if self.url:
            check_url(self.url, "url", "https://acme.myshopify.com")
        if self.location and (not self.url or re.fullmatch("[0-9]{1,20}", self.location) is None):
            raise InputError(f"location is {self.location!r}; write its number at Shopify, beside url and token")
        if not 1 <= self.timeout_s <= LONGEST_TIMEOUT_S:
            raise InputError(f"timeout_s is {self.timeout_s}; give 1 to {LONGEST_TIMEOUT_S} seconds")
