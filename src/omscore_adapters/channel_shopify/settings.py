"""What a shop sets about its Shopify orders."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from omscore.records import frozen
from omscore.secrets import Secret


@frozen(kw_only=True)
class ShopifySettings:
    """Which orders are taken, how articles are called here, and what webhooks are signed with.

    Shape: `statuses` are the financial states in which an order is taken; `skus` names articles that Shopify calls
    otherwise; `secrets` are tried one after another, so that a new one can be added before the old one is taken out.

    >>> ShopifySettings().statuses
    ('paid', 'authorized')
    """

    statuses: tuple[str, ...] = ("paid", "authorized")
    secrets: tuple[Secret, ...] = ()
    skus: Mapping[str, str] = attrs.field(factory=dict)
