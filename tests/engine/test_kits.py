"""Kits from the shelf to the refund: sold by one SKU, stocked, promised, sourced and sent by their parts."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from omscore import (
    CancelKits,
    CartId,
    Destination,
    InputError,
    Item,
    Kit,
    KitPart,
    ListItem,
    Money,
    NotFoundError,
    Oms,
    Order,
    OrderId,
    Payment,
    RefusedError,
    ReturnId,
    ReturnUnits,
    SetCartLine,
    Ships,
    Sku,
    SourceFrom,
    StockShortError,
    read_command,
)
from omscore.audit import audit
from omscore.cli import main
from omscore.engine.contexts import shop_codec
from omscore.fulfillment.commands import PickUnits, RejectWork
from omscore.fulfillment.model import FulfillmentOrder, WorkUnits
from omscore.ids import FulfillmentId, LocationId, StockDocumentId
from omscore.inventory.commands import AdjustStock
from omscore.inventory.model import AdjustReason
from omscore.orders.carts import Cart
from omscore.orders.commands import KitTold, PartTold
from omscore.records import changed
from omscore.returns.commands import DisposeReturn, ReceiveReturn, RequestReturn
from omscore.returns.model import DisposedUnits, Disposition
from tests.kit.shops import CUP, POT, TEA, order, pass_time, receive, send_out, small_shop
from tests.orders.orders import after, place, wanted

SET = "SET"


def list_kit(oms: Oms, sku: str = SET, ships: Ships = Ships.TOGETHER, **units: int) -> None:
    """A kit, such as `TEA=2, CUP=1`."""
    recipe = tuple(KitPart(sku=Sku(part), units=count) for part, count in (units or {TEA: 2, CUP: 1}).items())
    oms.do(
        ListItem(item=Item(sku=Sku(sku), name="Tea for two", kit=Kit(parts=recipe, ships=ships)), at=oms.clock.now())
    )


def by_place(oms: Oms, order_id: str = "ord_1") -> dict[str, dict[str, int]]:
    """The units a location has to send, by SKU."""
    found: dict[str, dict[str, int]] = {}
    for each in oms.look(Order, order_id).fulfillments:
        work = oms.look(FulfillmentOrder, each)
        for line in work.lines:
            if line.to_pick:
                units = found.setdefault(work.location_id, {})
                units[line.sku] = units.get(line.sku, 0) + line.to_pick
    return found


def waiting(oms: Oms, order_id: str = "ord_1") -> list[int]:
    return [line.quantities.waiting for line in oms.look(Order, order_id).lines]


def arrive(oms: Oms) -> None:
    oms.run_due()
    send_out(oms, "ord_1")
    pass_time(oms, days=6)


def test_as_many_kits_are_sellable_as_the_parts_allow(oms: Oms) -> None:
    list_kit(oms)
    assert oms.availability(SET, "web") == 6  # five in Munich, one in Lyon
    list_kit(oms, "CREW", Ships.APART, TEA=3, CUP=1)
    assert oms.availability("CREW", "web") == 4  # 14 teas in both places
    list_kit(oms, "BIG", Ships.TOGETHER, TEA=3, CUP=1)
    assert oms.availability("BIG", "web") == 4  # three in Munich, one in Lyon
    list_kit(oms, "FAR", Ships.TOGETHER, CUP=1, POT=1)
    assert oms.availability("FAR", "web") == 1
    assert oms.availability(SET, "store") == 1


def test_whole_kits_ship_and_the_others_wait_for_all_their_parts(oms: Oms) -> None:
    list_kit(oms)
    oms.do(order(oms, {SET: 8}))
    assert by_place(oms) == {"MUC": {TEA: 10, CUP: 5}, "LYS": {TEA: 2, CUP: 1}}
    assert waiting(oms) == [4, 2]
    oms.run_due()
    receive(oms, "MUC", {TEA: 9}, document="teas")
    oms.run_due()
    assert waiting(oms) == [4, 2]  # teas alone make no kit
    receive(oms, "MUC", {CUP: 1}, document="a-cup")
    oms.run_due()
    assert waiting(oms) == [2, 1]
    receive(oms, "MUC", {CUP: 1}, document="another-cup")
    oms.run_due()
    assert waiting(oms) == [0, 0]
    assert audit(oms.storage).is_clean


def test_parts_of_a_kit_that_ships_apart_come_from_where_they_are(oms: Oms) -> None:
    list_kit(oms, SET, Ships.APART, TEA=1, POT=1, CUP=2)
    oms.do(order(oms, {SET: 2}))
    assert by_place(oms) == {"LYS": {POT: 2, TEA: 2}, "MUC": {CUP: 4}}
    list_kit(oms, "WHOLE", Ships.TOGETHER, TEA=1, POT=1, CUP=2)
    receive(oms, "LYS", {POT: 1}, document="pot")
    oms.do(order(oms, {"WHOLE": 1}, order_id="ord_2"))
    assert waiting(oms, "ord_2") == [1, 1, 2]


def test_a_kit_is_promised_as_it_would_be_sourced(oms: Oms) -> None:
    list_kit(oms)
    promise = oms.promise({SET: 7, TEA: 1}, channel="web", destination=Destination(country="DE"))
    sent = {shipment.location_id: dict(shipment.units) for shipment in promise.shipments}
    assert sent == {"MUC": {TEA: 10, CUP: 5}, "LYS": {TEA: 3, CUP: 1}}
    assert [(left.sku, left.units) for left in promise.left_over] == [(TEA, 2), (CUP, 1)]


def test_what_one_part_is_missing_for_is_given_back_whole(oms: Oms) -> None:
    list_kit(oms)
    oms.do(order(oms, {SET: 1}, method=None))
    work = FulfillmentId("ord_1.f1")
    assert by_place(oms) == {"MUC": {TEA: 2, CUP: 1}}
    units = (WorkUnits(2, CUP, "general", 1),)
    oms.do(RejectWork(fulfillment_id=work, reason="broken", units=units, is_missing=True, at=oms.clock.now()))
    assert by_place(oms) == {"LYS": {TEA: 2, CUP: 1}}
    assert oms.availability(TEA, "web") == 12
    assert audit(oms.storage).is_clean


def test_of_several_kits_only_those_are_given_back_that_miss_a_part(oms: Oms) -> None:
    list_kit(oms)
    oms.do(order(oms, {SET: 3}, method=None))
    units = (WorkUnits(1, TEA, "general", 1),)
    oms.do(RejectWork(fulfillment_id=FulfillmentId("ord_1.f1"), reason="torn", units=units, at=oms.clock.now()))
    assert by_place(oms) == {"MUC": {TEA: 4, CUP: 2}, "LYS": {TEA: 2, CUP: 1}}


def test_once_a_part_is_picked_its_kit_stays_where_it_is(oms: Oms) -> None:
    list_kit(oms)
    oms.do(order(oms, {SET: 1}, method=None))
    work, at = FulfillmentId("ord_1.f1"), oms.clock.now()
    oms.do(PickUnits(fulfillment_id=work, units=(WorkUnits(1, TEA, "general", 2),), at=at))
    oms.do(RejectWork(fulfillment_id=work, reason="broken", units=(WorkUnits(2, CUP, "general", 1),), at=at))
    assert oms.look(FulfillmentOrder, work).lines[0].picked == 2
    assert by_place(oms) == {"LYS": {CUP: 1}}


def test_kits_are_cancelled_whole_and_let_go_of_their_parts(oms: Oms) -> None:
    list_kit(oms)
    oms.do(order(oms, {SET: 3}))
    oms.do(CancelKits(order_id=OrderId("ord_1"), kit_id=1, kits=1, at=oms.clock.now()))
    assert by_place(oms) == {"MUC": {TEA: 4, CUP: 2}}
    assert oms.availability(SET, "web") == 4


def test_what_is_sold_out_takes_the_rest_of_its_kit_along(tmp_path: Path) -> None:
    profile, choice = 'name = "market"\nwhen_left = "cancel"\n', 'name = "all"\nprofile = "market"\n'
    edit = f"\n[[routing.profiles]]\n{profile}[[routing.choices]]\n{choice}"
    with small_shop(tmp_path, storage={"memory": {}}, edit=edit) as oms:
        list_kit(oms, SET, Ships.APART, TEA=1, POT=1)
        oms.do(order(oms, {SET: 3}))
        assert [line.quantities.cancelled for line in oms.look(Order, "ord_1").lines] == [1, 1]
        assert by_place(oms) == {"LYS": {TEA: 2, POT: 2}}


def test_an_order_keeps_the_parts_it_was_placed_with(oms: Oms) -> None:
    list_kit(oms)
    oms.do(order(oms, {SET: 1}))
    list_kit(oms, SET, Ships.APART, POT=1)
    oms.do(order(oms, {SET: 1}, order_id="ord_2"))
    assert [line.sku for line in oms.look(Order, "ord_1").lines] == [TEA, CUP]
    assert [line.sku for line in oms.look(Order, "ord_2").lines] == [POT]
    arrive(oms)
    assert oms.look(Order, "ord_1").lines[0].quantities.delivered == 2


def test_a_part_that_comes_back_is_refunded_by_its_share_and_the_rest_by_the_rest(oms: Oms) -> None:
    list_kit(oms)
    oms.do(order(oms, {SET: 3}, price="9.99", shipping=Money(500, "EUR")))
    arrive(oms)
    parts = oms.look(Order, "ord_1").lines
    assert sum(line.amounts.gross.minor for line in parts) == 3 * 999 + 500
    refunded = 0
    for number, (line_id, sku, units) in enumerate(((2, CUP, 1), (1, TEA, 5), (2, CUP, 2), (1, TEA, 1))):
        return_id, at = ReturnId(f"rma_{number}"), oms.clock.now()
        oms.do(
            RequestReturn(
                return_id=return_id,
                order_id=OrderId("ord_1"),
                location_id=LocationId("MUC"),
                units=(ReturnUnits(line_id, sku, units),),
                reason="not wanted",
                at=at,
            )
        )
        oms.do(ReceiveReturn(return_id=return_id, at=at))
        oms.do(DisposeReturn(return_id=return_id, units=(DisposedUnits(line_id, units, Disposition.RESTOCK),), at=at))
        oms.run_due()
        payment = oms.look(Payment, "ord_1.p1")
        assert payment.refunded.minor > refunded
        refunded = payment.refunded.minor
    assert refunded == 3 * 999 + 500 == oms.look(Payment, "ord_1.p1").captured.minor
    assert audit(oms.storage).is_clean


def test_a_cart_holds_the_parts_of_whole_kits_and_lets_all_of_them_go(oms: Oms) -> None:
    list_kit(oms)
    at = oms.clock.now()

    def put(kits: int, cart: str = "c1") -> None:
        oms.do(SetCartLine(cart_id=CartId(cart), channel="web", sku=SET, units=kits, at=at))

    put(2)
    assert audit(oms.storage).is_clean
    assert (oms.availability(TEA, "web"), oms.availability(CUP, "web"), oms.availability(SET, "web")) == (10, 4, 4)
    with pytest.raises(StockShortError, match="only 4 whole kits SET can be had"):
        put(5, "c2")
    put(1)
    assert oms.availability(SET, "web") == 5
    assert len(oms.look(Cart, "c1").reservations) == 2
    oms.do(order(oms, {SET: 1}, cart_id=CartId("c1")))
    assert (oms.availability(TEA, "web"), oms.availability(CUP, "web")) == (12, 5)
    put(3, "c3")
    pass_time(oms, hours=1)
    assert oms.availability(SET, "web") == 5
    assert audit(oms.storage).is_clean


def test_a_kit_has_no_stock_of_its_own(oms: Oms) -> None:
    list_kit(oms)
    with pytest.raises(InputError, match="SET is a kit and has no stock of its own; use its parts instead: TEA, CUP"):
        receive(oms, "MUC", {SET: 1}, document="sets")
    with pytest.raises(InputError, match="is a kit"):
        oms.do(
            AdjustStock(
                document_id=StockDocumentId("d9"),
                location_id=LocationId("MUC"),
                sku=SET,
                units=1,
                reason=AdjustReason.FOUND,
                at=oms.clock.now(),
            )
        )
    with pytest.raises(RefusedError, match="TEA has 14 units in stock, and a kit has none of its own"):
        list_kit(oms, TEA, Ships.TOGETHER, CUP=1)


def test_a_kit_is_listed_by_a_document(oms: Oms) -> None:
    document = """{"command": "ListItem", "at": "2026-03-02T12:00:00Z", "item": {"sku": "SET", "kit":
        {"parts": [{"sku": "TEA", "units": 2, "share": 3}, {"sku": "CUP"}], "ships": "apart"}}}"""
    oms.do(read_command(document))
    assert oms.availability(SET, "web") == 6
    with pytest.raises(InputError, match="brings parts of kits along"):
        told = KitTold(1, Ships.APART, (PartTold(CUP, "", 1, 1, "VAT20", Decimal("0.20")),))
        oms.do(order(oms, {SET: 1}, kits=(told,)))
    with pytest.raises(InputError, match="leave `together` out"):
        plain = order(oms, {SET: 1})
        oms.do(changed(plain, lines=(changed(plain.lines[0], together="a"),)))


def test_an_order_written_before_there_were_kits_is_still_read() -> None:
    codec = shop_codec()
    placed = after(None, place(wanted("10.00", 2)))
    text = codec.text(placed)
    assert "kit" not in text
    assert codec.record(text, Order) == placed


def test_the_page_of_an_order_shows_the_kit_and_its_parts(tmp_path: Path) -> None:
    with small_shop(tmp_path) as oms:
        list_kit(oms)
        oms.do(order(oms, {SET: 2, TEA: 1}))
        oms.do(CancelKits(order_id=OrderId("ord_1"), kit_id=1, kits=1, at=oms.clock.now()))
    shown = CliRunner().invoke(main, ["show", "ord_1", "--db", str(tmp_path / "shop.db")]).output
    assert "kit 1, ships together" in shown
    assert "2 x TEA" in shown
    assert "with 2 x the kit SET" in shown


def test_a_location_a_person_names_sends_whole_kits_only(oms: Oms) -> None:
    list_kit(oms)
    oms.do(order(oms, {SET: 3}))
    oms.do(
        SourceFrom(
            order_id=OrderId("ord_1"),
            location_id=LocationId("LYS"),
            reason="r",
            by="ada",
            partly=True,
            at=oms.clock.now(),
        )
    )
    assert by_place(oms) == {"LYS": {TEA: 2, CUP: 1}, "MUC": {TEA: 4, CUP: 2}}


def test_kits_of_kits_and_of_unknown_articles_are_refused(oms: Oms) -> None:
    list_kit(oms)
    with pytest.raises(InputError, match="kit CREW has the part SET, which is a kit itself"):
        list_kit(oms, "CREW", Ships.TOGETHER, SET=2)
    with pytest.raises(NotFoundError, match="item 'GONE' is not known"):
        list_kit(oms, "CREW", Ships.TOGETHER, GONE=1)
    with pytest.raises(InputError, match="cannot be a part of itself"):
        list_kit(oms, "CREW", Ships.TOGETHER, CREW=1)


def test_a_part_that_became_a_kit_later_is_found_when_its_kit_is_ordered(tmp_path: Path) -> None:
    with small_shop(tmp_path, storage={"memory": {}}, stock=False) as oms:
        list_kit(oms)
        oms.do(ListItem(item=Item(sku=Sku("BOWL")), at=oms.clock.now()))
        oms.do(ListItem(item=Item(sku=Sku("DISH")), at=oms.clock.now()))
        list_kit(oms, "MEAL", Ships.TOGETHER, BOWL=1)
        list_kit(oms, "BOWL", Ships.TOGETHER, DISH=1)
        with pytest.raises(InputError, match="kit MEAL has the part BOWL, which is a kit itself"):
            oms.do(order(oms, {"MEAL": 1}))
        assert oms.find(Order, "ord_1") is None


def test_a_pile_of_orders_never_sells_a_part_twice(oms: Oms) -> None:
    list_kit(oms)
    commands = [
        order(oms, {SET: 1} if number % 2 else {CUP: 1, TEA: 1}, order_id=f"ord_{number}", method=None)
        for number in range(12)
    ]
    results = oms.do_many(commands)
    assert not [each for each in results if isinstance(each, Exception)]
    sold = [line for number in range(12) for line in oms.look(Order, f"ord_{number}").lines]
    assert sum(line.quantities.allocated for line in sold if line.sku == CUP) == 6
    for number in range(1, 12, 2):
        teas, cups = oms.look(Order, f"ord_{number}").lines
        assert teas.quantities.allocated == 2 * cups.quantities.allocated
    assert audit(oms.storage).is_clean
