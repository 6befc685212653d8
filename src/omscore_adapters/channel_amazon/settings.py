"""What a shop sets about its orders from Amazon."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from omscore.records import frozen


@frozen(kw_only=True)
class AmazonSettings:
    """How articles are called here that Amazon knows under another seller SKU.

    >>> AmazonSettings(skus={"TEA-AMZ": "TEA"}).skus["TEA-AMZ"]
    'TEA'
    """

    skus: Mapping[str, str] = attrs.field(factory=dict)
