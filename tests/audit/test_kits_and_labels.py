"""Carts of kits, and labels bought together or anew: clean at every moment while all is well, and named if not."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from omscore.app import Oms, run_until
from omscore.audit import audit
from omscore.audit.findings import Findings
from omscore.audit.holds import HoldBook
from omscore.fulfillment.commands import PackBoxes, PickUnits, VoidLabel
from omscore.fulfillment.model import BoxedUnits, FulfillmentOrder, Package
from omscore.ids import CartId, FulfillmentId
from omscore.inventory.commands import ListItem
from omscore.inventory.model import Reservation
from omscore.items import Item, Kit, KitPart, Ships, Sku
from omscore.orders.carts import BeginCheckout, Cart, SetCartLine
from omscore.records import changed
from omscore.testing.faults import Fault
from tests.kit.depots import RoughCarrier, SingleCarrier
from tests.kit.shops import CUP, POT, TEA, order, small_shop
from tests.laws.bench import bench

CART = CartId("c1")
WORK = FulfillmentId("ord_1.f1")


def put_kits(oms: Oms, kits: int, parts: dict[str, int], ships: Ships = Ships.TOGETHER) -> None:
    """Kits of these parts are in the cart."""
    kit = Kit(parts=tuple([KitPart(sku=Sku(sku), units=units) for sku, units in parts.items()]), ships=ships)
    at = oms.clock.now()
    oms.do(ListItem(item=Item(sku=Sku("SET"), name="Set", kit=kit), at=at))
    oms.do(SetCartLine(cart_id=CART, channel="web", sku="SET", units=kits, at=at))


@pytest.mark.parametrize(
    ("kits", "ships", "parts"),
    [
        (2, Ships.TOGETHER, {TEA: 2, CUP: 1}),
        (1, Ships.APART, {CUP: 1, POT: 2}),
        (3, Ships.APART, {TEA: 1, CUP: 1}),
        (2, Ships.TOGETHER, {TEA: 3}),
    ],
)
def test_a_cart_of_kits_is_clean_at_every_moment(
    tmp_path: Path, kits: int, ships: Ships, parts: dict[str, int]
) -> None:
    with small_shop(tmp_path, storage={"memory": {}}) as oms:
        put_kits(oms, kits, parts, ships)
        assert audit(oms.storage).findings == ()
        oms.do(BeginCheckout(cart_id=CART, at=oms.clock.now()))
        assert audit(oms.storage).findings == ()
        cart = oms.look(Cart, CART)
        assert cart.expires_at is not None
        run_until(oms, cart.expires_at)
        assert audit(oms.storage, now=oms.clock.now()).findings == ()


@pytest.mark.parametrize(("kits", "found"), [(2, []), (3, ["hold/c1.h1", "hold/c1.h1.2"])])
def test_holds_that_are_not_those_of_whole_kits_are_named(tmp_path: Path, kits: int, found: list[str]) -> None:
    with small_shop(tmp_path, storage={"memory": {}}) as oms:
        put_kits(oms, 2, {TEA: 2, CUP: 1})
        cart, tasks = oms.look(Cart, CART), [each.task_id for each in oms.storage.tasks("waiting")]
        named = Findings()
        book = HoldBook(tasks, None, named)
        book.cart(changed(cart, lines=tuple([line._replace(units=kits) for line in cart.lines])))
        for each in cart.reservations:
            book.hold(oms.look(Reservation, each), ())
        book.end()
    assert [each.where for each in named.kept] == found


def pack(oms: Oms, boxes: int) -> None:
    """One shipment of so many boxes, whose labels are asked for."""
    oms.do(order(oms, {TEA: boxes}))
    oms.run_due()
    oms.do(PickUnits(fulfillment_id=WORK, at=oms.clock.now()))
    packages = [
        Package(
            package_id=f"{WORK}.b{number}",
            box="small",
            contents=(BoxedUnits(1, 1),),
            mass_g=300,
            length_mm=200,
            width_mm=150,
            height_mm=100,
        )
        for number in range(1, boxes + 1)
    ]
    oms.do(PackBoxes(fulfillment_id=WORK, packages=tuple(packages), at=oms.clock.now()))


@pytest.mark.parametrize("carrier", [RoughCarrier, SingleCarrier])
@pytest.mark.parametrize("boxes", [1, 3])
def test_parcels_are_clean_while_their_labels_are_bought_together_or_anew(
    tmp_path: Path, carrier: Callable[..., RoughCarrier], boxes: int
) -> None:
    with bench(tmp_path, carrier=carrier(Fault.DOWN)) as shop:
        oms = shop.oms
        pack(oms, boxes)
        assert audit(oms.storage).findings == ()
        oms.run_due(most=1)
        assert audit(oms.storage).findings == ()
        run_until(oms, oms.clock.now())
        oms.clock.set(oms.clock.now().replace(minute=30))  # type: ignore[attr-defined]
        oms.run_due()
        for number in (1, 2):
            package = oms.look(FulfillmentOrder, WORK).packages[-1]
            assert package.is_labelled
            wish = VoidLabel(fulfillment_id=WORK, package_id=package.package_id, reason="torn", at=oms.clock.now())
            oms.do(wish)
            shop.oms.carrier.wire.to_come[:] = [None, Fault.DOWN]  # type: ignore[attr-defined]
            for _ in range(6):
                oms.run_due(most=1)
                assert audit(oms.storage).findings == (), number
            oms.clock.set(oms.clock.now().replace(minute=30 + 10 * number))  # type: ignore[attr-defined]
            oms.run_due()


def test_a_label_nobody_will_buy_is_named_whether_it_was_to_be_bought_alone_together_or_anew(tmp_path: Path) -> None:
    for boxes, anew in ((1, False), (3, False), (1, True)):
        folder = tmp_path / f"{boxes}{anew}"
        folder.mkdir()
        with bench(folder, carrier=RoughCarrier(), storage="sqlite") as shop:
            pack(shop.oms, boxes)
            if anew:
                shop.oms.run_due()
                at = shop.oms.clock.now()
                shop.oms.do(VoidLabel(fulfillment_id=WORK, package_id=f"{WORK}.b1", reason="torn", at=at))
                shop.oms.run_due(most=1)
        with closing(sqlite3.connect(folder / "shop.db")) as store, store:
            gone = store.execute("DELETE FROM task_queue WHERE task_id LIKE '%.label' AND state = 'waiting'").rowcount
        assert gone == 1
        with bench(folder, carrier=RoughCarrier(), storage="sqlite") as shop:
            named = [each.says for each in audit(shop.oms.storage).findings if each.where == f"work/{WORK}"]
        assert len(named) == boxes and all([".label is gone" in says for says in named]), named
