"""Kits: sold as one article, stocked and sent by their parts. Run it: `python examples/kits.py`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import omscore
from omscore import Item, Kit, KitPart, ListItem, LocationId, Order, OrderId, Sku, StockDocumentId, StockLine, UnitPrice


def main() -> None:
    now = datetime(2026, 3, 2, 9, tzinfo=UTC)
    with (
        TemporaryDirectory() as folder,
        omscore.open_shop(omscore.write_starter_shop(Path(folder)), clock=omscore.VirtualClock(now)) as oms,
    ):
        for sku in ("LAMP", "BULB"):
            oms.do(ListItem(item=Item(sku=Sku(sku), mass_g=300), at=now))
        parts = (KitPart(sku=Sku("LAMP"), share=3), KitPart(sku=Sku("BULB"), units=2, share=1))
        oms.do(ListItem(item=Item(sku=Sku("LIGHT"), name="Lamp with bulbs", kit=Kit(parts=parts)), at=now))
        shelf = (StockLine("LAMP", "general", 3), StockLine("BULB", "general", 5))
        oms.do(
            omscore.ReceiveStock(document_id=StockDocumentId("d1"), location_id=LocationId("MUC"), lines=shelf, at=now)
        )
        print(f"{oms.availability('LIGHT', 'web')} kits can be sold")
        oms.do(
            omscore.PlaceOrder(
                order_id=OrderId("ord_1"),
                channel="web",
                currency="EUR",
                destination=omscore.Destination(country="DE"),
                lines=(omscore.WantedLine(sku="LIGHT", units=3, unit_price=UnitPrice.of("20.00", "EUR")),),
                at=now,
            )
        )
        for line in oms.look(Order, "ord_1").lines:
            there = line.quantities
            print(
                f"{line.units} x {line.sku} for {line.amounts.gross}: {there.allocated} sourced, {there.waiting} wait"
            )
        oms.do(omscore.CancelKits(order_id=OrderId("ord_1"), kit_id=1, kits=1, at=now))
        print(
            f"one kit cancelled, {sum(line.quantities.waiting for line in oms.look(Order, 'ord_1').lines)} units wait"
        )


if __name__ == "__main__":
    main()
