"""Carts hold units for a while; a hold ends once, by one of three exits, whoever sweeps and whenever."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omscore.app import Oms
from omscore.errors import InputError, RefusedError, StockShortError
from omscore.ids import CartId, LocationId, StockDocumentId
from omscore.inventory.commands import AdjustStock
from omscore.inventory.model import AdjustReason, Reservation, ReservationState
from omscore.orders.carts import BeginCheckout, Cart, CartState, SetCartLine
from omscore.orders.commands import CancelOrder
from omscore.orders.model import Order
from omscore.ports.clock import VirtualClock
from tests.kit.shops import CUP, TEA, order, pass_time
from tests.laws.bench import bench
from tests.laws.checks import check_everything
from tests.laws.life import Life, lives


def put(oms: Oms, units: int, *, cart: str = "c1", sku: str = TEA, channel: str = "web") -> None:
    oms.do(SetCartLine(cart_id=CartId(cart), channel=channel, sku=sku, units=units, at=oms.clock.now()))


def begin(oms: Oms, cart: str = "c1") -> None:
    oms.do(BeginCheckout(cart_id=CartId(cart), at=oms.clock.now()))


def jump(oms: Oms, **span: float) -> None:
    """Time passes, but nobody sweeps."""
    assert isinstance(oms.clock, VirtualClock)
    oms.clock.set(oms.clock.now() + timedelta(**span))


def state_of(oms: Oms, reservation: str) -> ReservationState:
    return oms.look(Reservation, reservation).state


def test_a_cart_hold_is_seen_by_every_other_shopper_at_once(oms: Oms) -> None:
    put(oms, 4)
    assert oms.availability(TEA, "web") == 10
    with pytest.raises(StockShortError, match="only 10 units of TEA can be had"):
        put(oms, 11, cart="c2")
    assert oms.find(Cart, "c2") is None


def test_changing_a_cart_line_gives_its_first_hold_back(oms: Oms) -> None:
    put(oms, 14)
    put(oms, 13)
    assert oms.availability(TEA, "web") == 1
    put(oms, 0)
    assert oms.availability(TEA, "web") == 14
    assert [state_of(oms, f"c1.h{number}") for number in (1, 2)] == [ReservationState.RELEASED] * 2


def test_availability_never_depends_on_the_sweeper_having_run(oms: Oms) -> None:
    put(oms, 14)
    jump(oms, minutes=29, seconds=59)
    assert oms.availability(TEA, "web") == 0
    jump(oms, seconds=1)
    assert oms.availability(TEA, "web") == 14
    assert state_of(oms, "c1.h1") is ReservationState.LIVE
    put(oms, 14, cart="c2")
    assert state_of(oms, "c1.h1") is ReservationState.EXPIRED
    oms.run_due()
    assert oms.availability(TEA, "web") == 0
    assert oms.look(Cart, "c1").state is CartState.ABANDONED


def test_an_order_takes_the_units_of_an_expired_hold_without_a_sweeper(oms: Oms) -> None:
    put(oms, 14)
    jump(oms, hours=1)
    oms.do(order(oms, {TEA: 14}))
    assert oms.look(Order, "ord_1").line(1).quantities.allocated == 14
    assert state_of(oms, "c1.h1") is ReservationState.EXPIRED
    check_everything(oms)


def test_a_cart_becomes_an_order_and_its_hold_is_confirmed(oms: Oms) -> None:
    put(oms, 14)
    begin(oms)
    oms.do(order(oms, {TEA: 14}, cart_id=CartId("c1")))
    assert state_of(oms, "c1.h1") is ReservationState.CONFIRMED
    assert oms.look(Order, "ord_1").line(1).quantities.allocated == 14
    pass_time(oms, hours=2)
    assert oms.look(Cart, "c1").state is CartState.ORDERED
    with pytest.raises(RefusedError, match="became order ord_1"):
        put(oms, 1, sku=CUP)
    check_everything(oms)


def test_a_lapsed_hold_does_not_fail_the_checkout_unless_the_units_are_gone(oms: Oms) -> None:
    put(oms, 4)
    put(oms, 2, cart="c2")
    jump(oms, hours=1)
    begin(oms)
    assert state_of(oms, "c1.h2") is ReservationState.LIVE
    put(oms, 10, cart="c3")
    with pytest.raises(StockShortError, match="only 0 units"):
        begin(oms, "c2")
    assert oms.availability(TEA, "web") == 0


def test_an_order_from_a_lapsed_cart_takes_what_is_there_and_waits_for_the_rest(oms: Oms) -> None:
    put(oms, 14)
    pass_time(oms, hours=1)
    put(oms, 10, cart="c2")
    oms.do(order(oms, {TEA: 14}, cart_id=CartId("c1")))
    found = oms.look(Order, "ord_1").line(1).quantities
    assert (found.allocated, found.backordered) == (4, 10)
    check_everything(oms)


def test_beginning_the_checkout_never_shortens_a_hold(oms: Oms) -> None:
    put(oms, 1)
    begin(oms)
    jump(oms, minutes=29)
    assert oms.look(Reservation, "c1.h1").is_live(oms.clock.now())
    begin(oms)
    jump(oms, minutes=14)
    assert oms.look(Reservation, "c1.h1").is_live(oms.clock.now())
    pass_time(oms, minutes=1)
    assert state_of(oms, "c1.h1") is ReservationState.EXPIRED


def test_an_abandoned_cart_alerts_the_shop_once_and_may_be_taken_up_again(tmp_path: Path) -> None:
    with bench(tmp_path) as shop:
        oms = shop.oms
        put(oms, 3)
        put(oms, 2, sku=CUP)
        pass_time(oms, hours=1)
        assert shop.outbox.subjects() == ["Abandoned cart c1"]
        assert "5 units" in next(iter(shop.outbox.notices.values())).text
        begin(oms)
        assert oms.look(Cart, "c1").state is CartState.OPEN
        pass_time(oms, hours=1)
        assert shop.outbox.subjects() == ["Abandoned cart c1"] * 2


def test_a_touched_cart_is_not_abandoned_before_its_last_hold_ends(oms: Oms) -> None:
    put(oms, 1)
    pass_time(oms, minutes=20)
    put(oms, 1, sku=CUP)
    pass_time(oms, minutes=29)
    assert oms.look(Cart, "c1").state is CartState.OPEN
    pass_time(oms, minutes=1)
    assert oms.look(Cart, "c1").state is CartState.ABANDONED


def test_a_cart_stays_on_its_channel(oms: Oms) -> None:
    put(oms, 1)
    with pytest.raises(RefusedError, match="cart c1 is on channel web, not store"):
        put(oms, 1, channel="store")


def test_a_released_hold_calls_the_order_that_waits_for_its_units(oms: Oms) -> None:
    put(oms, 14)
    oms.do(order(oms, {TEA: 1}))
    put(oms, 0)
    oms.run_due()
    assert oms.look(Order, "ord_1").line(1).quantities.allocated == 1


def test_units_nobody_may_have_are_not_held(oms: Oms) -> None:
    for bad in (-1, 2.0, True):
        with pytest.raises(InputError):
            put(oms, bad)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="cart id"):
        put(oms, 1, cart="a cart")


def test_stock_that_is_held_cannot_be_booked_out(oms: Oms) -> None:
    put(oms, 14)
    with pytest.raises(StockShortError, match="1 sellable wanted, 0 there"):
        oms.do(
            AdjustStock(
                document_id=StockDocumentId("a1"),
                location_id=LocationId("MUC"),
                sku=TEA,
                units=-1,
                reason=AdjustReason.LOST,
                at=oms.clock.now(),
            )
        )


@settings(max_examples=30)
@given(lives)
def test_a_reservation_resolves_exactly_once(tmp_path_factory: pytest.TempPathFactory, life: list[object]) -> None:
    """Confirmed, released or expired, and never two of these: counted in the log of a random life."""
    with bench(tmp_path_factory.mktemp("shop")) as shop:
        lived = Life(shop.oms)
        for step in life:
            lived.live(step)  # type: ignore[arg-type]
        pass_time(shop.oms, hours=2)
        for stored in shop.oms.storage.streams("hold/"):
            names = [event.name for event in shop.oms.storage.events(stream=stored.stream)]
            exits = [name for name in names if name not in ("ReservationMade", "ReservationExtended")]
            hold = shop.oms.look(Reservation, stored.stream.partition("/")[2])
            assert len(exits) == (hold.state is not ReservationState.LIVE)
            if hold.state is ReservationState.LIVE:
                assert not hold.is_live(shop.oms.clock.now()) or shop.oms.storage.next_due() is not None


@settings(max_examples=30)
@given(sets=st.lists(st.tuples(st.sampled_from(("c1", "c2")), st.integers(0, 9)), max_size=8))
def test_holds_and_what_is_left_sum_to_the_shelf(
    tmp_path_factory: pytest.TempPathFactory, sets: list[tuple[str, int]]
) -> None:
    with bench(tmp_path_factory.mktemp("shop")) as shop:
        wanted = {"c1": 0, "c2": 0}
        for cart, units in sets:
            free = 14 - sum(wanted.values()) + wanted[cart]
            if units <= free:
                put(shop.oms, units, cart=cart)
                wanted[cart] = units
            else:
                with pytest.raises(StockShortError):
                    put(shop.oms, units, cart=cart)
            assert shop.oms.availability(TEA, "web") == 14 - sum(wanted.values())


def test_cancelling_a_cart_order_gives_every_unit_back(oms: Oms) -> None:
    put(oms, 14)
    found = oms.do(order(oms, {TEA: 14}, cart_id=CartId("c1"))).id_of("order")
    oms.do(CancelOrder(order_id=oms.look(Order, found).order_id, at=oms.clock.now()))
    assert oms.availability(TEA, "web") == 14
