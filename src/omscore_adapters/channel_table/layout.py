"""What stands where in a table of orders: the mapping file as a record."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from omscore.records import frozen

ORDER_FIELDS = (
    "reference",
    "message_id",
    "currency",
    "name",
    "street",
    "street2",
    "city",
    "region",
    "postcode",
    "country",
    "mail",
    "phone",
    "discount_order",
    "shipping",
    "shipping_tax",
    "charges",
    "total",
    "goods_total",
)
"""Fields of the order as a whole; a CSV file has them in every row of the order, or in the first alone."""
LINE_FIELDS = ("sku", "units", "unit_price", "title", "discount", "tax", "tax_code")
NEEDED = ("reference", "currency", "country", "sku", "units", "unit_price")


@frozen(kw_only=True)
class Layout:
    """How a document is read.

    Shape: `fields` name the column (CSV) or the path of keys with dots between (JSON) that a field stands in, `values`
    what a field is where it has none. `orders` and `lines` are the paths of the lists in JSON; `skus` names articles
    that the sender calls otherwise.
    """

    format: str
    fields: Mapping[str, str]
    values: Mapping[str, str] = attrs.field(factory=dict)
    delimiter: str = ","
    decimal_comma: bool = False
    encoding: str = "utf-8"
    orders: str = ""
    lines: str = "lines"
    skus: Mapping[str, str] = attrs.field(factory=dict)
    prices_include_tax: bool | None = None
