"""Carts: hold what is wanted, hold it longer at checkout, let it go when the time is up."""

from __future__ import annotations

from datetime import datetime

from omscore.customers.model import Customer
from omscore.engine.plans.kits import kit_shelf
from omscore.engine.plans.wishes import TimeOutCart
from omscore.engine.shelves import shelves_of
from omscore.engine.unit import Unit
from omscore.errors import InputError, NotFoundError, RefusedError, StockShortError
from omscore.ids import ReservationId
from omscore.inventory import availability
from omscore.inventory.commands import ExpireReservation, ExtendReservation, MakeReservation, ReleaseReservation
from omscore.inventory.model import Reservation, ReservationState
from omscore.items import Kit
from omscore.orders.carts import AbandonCart, BeginCheckout, Cart, CartState, SetCartLine
from omscore.parties import Channel
from omscore.records import changed


def set_cart_line(unit: Unit, command: SetCartLine) -> None:
    """Let go of what the line held, hold the new number of units; short stock is told by the number that can be had."""
    if command.more:
        raise InputError(
            f"cart {command.cart_id} names reservations (more); leave them out, they are made here", code="cart.more"
        )
    channel = unit.desk.shop.channel(command.channel)
    item = unit.items([command.sku])[command.sku]
    cart = unit.find(Cart, command.cart_id)
    if cart is not None and cart.channel != command.channel:
        raise RefusedError(
            f"cart {cart.cart_id} is on channel {cart.channel}, not {command.channel}; open another cart",
            code="cart.channel",
        )
    if command.remind is not None and unit.find(Customer, command.remind) is None:
        raise NotFoundError(
            f"there is no customer {command.remind} to remind of cart {command.cart_id}; register them first "
            "(RegisterCustomer)",
            code="customer.unknown",
        )
    line = cart.line(command.sku) if cart else None
    if cart is not None and line is not None:
        for held_by in cart.held_by(line):
            _let_go(unit, held_by, command.at)
    if command.units == 0:
        unit.decide(command)
        return
    if item.kit is not None:
        _hold_kits(unit, command, item.kit, channel, cart.holds_made if cart else 0)
        return
    shelf = shelves_of(unit, [command.sku], command.at)[command.sku]
    held = availability.choose_cells(
        shelf,
        command.units,
        pools=channel.pools,
        locations=channel.locations,
        threshold=channel.reserve_threshold,
    )
    there = sum(part.units for part in held)
    if there < command.units:
        raise StockShortError(
            f"only {there} units of {command.sku} can be had on channel {channel.name}, not {command.units}",
            sku=command.sku,
            wanted=command.units,
            there=there,
        )
    for reservation in availability.needed_expiries(shelf, held):
        unit.run(ExpireReservation(reservation_id=reservation.reservation_id, at=command.at))
    reservation_id = ReservationId(f"{command.cart_id}.h{(cart.holds_made if cart else 0) + 1}")
    expires_at = command.at + unit.policy.cart_hold
    unit.run(
        MakeReservation(
            reservation_id=reservation_id,
            cart_id=command.cart_id,
            sku=command.sku,
            held=held,
            expires_at=expires_at,
            at=command.at,
        )
    )
    unit.decide(changed(command, reservation_id=reservation_id, expires_at=expires_at))


def _hold_kits(unit: Unit, command: SetCartLine, kit: Kit, channel: Channel, holds_made: int) -> None:
    """Hold the parts of so many kits, each by a reservation of its own; all of them or none."""
    shelf = kit_shelf(unit, command.sku, kit, channel)
    there = shelf.kits()
    if there < command.units:
        raise StockShortError(
            f"only {there} whole kits {command.sku} can be had on channel {channel.name}, not {command.units}",
            sku=command.sku,
            wanted=command.units,
            there=there,
        )
    expires_at = command.at + unit.policy.cart_hold
    made = []
    for number, (sku, held) in enumerate(shelf.cells(command.units).items(), 1):
        for reservation in availability.needed_expiries(shelf.shelves[sku], held):
            unit.run(ExpireReservation(reservation_id=reservation.reservation_id, at=command.at))
        made.append(ReservationId(f"{command.cart_id}.h{holds_made + 1}{f'.{number}' if number > 1 else ''}"))
        unit.run(
            MakeReservation(
                reservation_id=made[-1],
                cart_id=command.cart_id,
                sku=sku,
                held=held,
                expires_at=expires_at,
                at=command.at,
            )
        )
    unit.decide(changed(command, reservation_id=made[0], expires_at=expires_at, more=tuple(made[1:])))


def begin_checkout(unit: Unit, command: BeginCheckout) -> None:
    """Hold every line until the checkout limit; a line whose hold is gone is held anew if there is stock."""
    cart = unit.get(Cart, command.cart_id)
    for line in cart.lines:
        held_by = [unit.get(Reservation, each) for each in cart.held_by(line)]
        if not all([reservation.is_live(command.at) for reservation in held_by]):
            unit.run(
                SetCartLine(cart_id=cart.cart_id, channel=cart.channel, sku=line.sku, units=line.units, at=command.at)
            )
    cart = unit.get(Cart, command.cart_id)
    expires_at = max(command.at + unit.policy.checkout_hold, cart.expires_at or command.at)
    for reservation_id in cart.reservations:
        unit.run(ExtendReservation(reservation_id=reservation_id, expires_at=expires_at, at=command.at))
    unit.decide(changed(command, expires_at=expires_at))


def time_out_cart(unit: Unit, command: TimeOutCart) -> None:
    """Expire the holds of a cart whose time is up; nothing when it was ordered or touched again."""
    cart = unit.get(Cart, command.cart_id)
    if cart.state is not CartState.OPEN or cart.expires_at is None or command.at < cart.expires_at:
        return
    for reservation_id in cart.reservations:
        _let_go(unit, reservation_id, command.at)
    unit.run(AbandonCart(cart_id=cart.cart_id, at=command.at))


def _let_go(unit: Unit, reservation_id: ReservationId, at: datetime) -> None:
    reservation = unit.get(Reservation, reservation_id)
    if reservation.state is not ReservationState.LIVE:
        return
    if reservation.is_live(at):
        unit.run(ReleaseReservation(reservation_id=reservation_id, at=at))
    else:
        unit.run(ExpireReservation(reservation_id=reservation_id, at=at))
