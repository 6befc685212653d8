"""The goods a letter speaks of: one line for each, such as `  2 x Teapot`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from omscore.engine.unit import Unit
from omscore.fulfillment.model import FulfillmentOrder
from omscore.ids import FulfillmentId
from omscore.orders.carts import Cart
from omscore.orders.model import Order

MOST_LINES = 20


def goods_of(unit: Unit, about: Order | Cart | None, payload: Mapping[str, str]) -> str:
    """The goods: those of the cart, those a letter was asked to tell, those that are late, else the whole order's."""
    if about is None:
        return ""
    if "gone" in payload:
        return payload["gone"]
    if isinstance(about, Cart):
        items = unit.items([line.sku for line in about.lines])
        return _written((line.units, items[line.sku].name or line.sku) for line in about.lines)
    titles = {line.line_id: line.title or line.sku for line in about.lines}
    if "fulfillment_id" in payload:
        work = unit.get(FulfillmentOrder, FulfillmentId(payload["fulfillment_id"]))
        return _written((line.to_pick + line.picked + line.packed, titles[line.line_id]) for line in work.lines)
    if payload["template"] == "delayed":
        return _written((line.quantities.waiting, titles[line.line_id]) for line in about.lines)
    return _written((line.units, titles[line.line_id]) for line in about.lines)


def _written(goods: Iterable[tuple[int, str]]) -> str:
    return "\n".join([f"  {units} x {name}" for units, name in goods if units][:MOST_LINES])
