"""A first order, from an empty folder to a delivered parcel, on a virtual clock.

Run it: `python examples/first_order.py`. It works in a temporary folder and leaves nothing behind.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import omscore


def main() -> None:
    with TemporaryDirectory() as folder:
        config = omscore.write_starter_shop(Path(folder))
        with omscore.open_shop(config, clock=omscore.VirtualClock(datetime(2026, 3, 2, 9, tzinfo=UTC))) as oms:
            stock_the_shelf(oms)
            oms.do(
                omscore.PlaceOrder(
                    order_id=omscore.OrderId("ord_1"),
                    channel="web",
                    reference="1001",
                    currency="EUR",
                    destination=omscore.Destination(country="FR"),
                    lines=(omscore.WantedLine(sku="TEA", units=2, unit_price=omscore.UnitPrice.of("9.90", "EUR")),),
                    payment=omscore.PaymentTerms(provider="manual", method="card-ok"),
                    at=oms.clock.now(),
                )
            )
            oms.run_due()
            for fulfillment_id in oms.look(omscore.Order, "ord_1").fulfillments:
                oms.do(omscore.PickUnits(fulfillment_id=fulfillment_id, at=oms.clock.now()))
                oms.do(omscore.PackBoxes(fulfillment_id=fulfillment_id, at=oms.clock.now()))
                oms.run_due()
                oms.do(omscore.HandOver(fulfillment_id=fulfillment_id, at=oms.clock.now()))
            omscore.run_until(oms, oms.clock.now() + timedelta(days=5))
            order = oms.look(omscore.Order, "ord_1")
            print(f"order {order.order_id}: {omscore.status_of(order)}, {order.total}")
            for reason in oms.look(omscore.KeptDecision, order.decisions[0]).decision.reasons:
                print(f"  {reason.location_id}: {reason.says}")


def stock_the_shelf(oms: omscore.Oms) -> None:
    """One item, ten units in each warehouse."""
    now = oms.clock.now()
    item = omscore.Item(sku=omscore.Sku("TEA"), name="Assam 250 g", mass_g=270, unit_cost=omscore.Money(310, "EUR"))
    oms.do(omscore.ListItem(item=item, at=now))
    for location in oms.shop.locations:
        oms.do(
            omscore.ReceiveStock(
                document_id=omscore.StockDocumentId(f"opening-{location.location_id}"),
                location_id=location.location_id,
                lines=(omscore.StockLine("TEA", "general", 10),),
                at=now,
            )
        )


if __name__ == "__main__":
    main()
