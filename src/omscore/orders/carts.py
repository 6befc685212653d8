"""A cart is a list of wishes with the holds that make them good for a while; it ends as an order or abandoned."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, assert_never

from omscore.errors import DamageError, InputError, NotFoundError, RefusedError
from omscore.ids import CartId, OrderId, PersonId, ReservationId, checked_id
from omscore.quantities import checked_units
from omscore.records import changed, frozen


class CartState(StrEnum):
    """A cart is open until it is ordered; an abandoned one may be taken up again."""

    OPEN = "open"
    ORDERED = "ordered"
    ABANDONED = "abandoned"


class CartLine(NamedTuple):
    """Units of a SKU with the reservation that holds them and the moment it ends."""

    sku: str
    units: int
    reservation_id: ReservationId
    expires_at: datetime


class CartPart(NamedTuple):
    """A further reservation of the line of a kit, for another of its parts."""

    sku: str
    reservation_id: ReservationId


@frozen(kw_only=True)
class Cart:
    """One shopper's cart.

    Shape: `remind` is who asked to be reminded of it when it is left behind.
    Units: `holds_made` counts lines ever held, which numbers the next one.
    """

    cart_id: CartId
    channel: str
    state: CartState
    lines: tuple[CartLine, ...] = ()
    holds_made: int = 0
    order_id: OrderId | None = None
    parts: tuple[CartPart, ...] = ()
    remind: PersonId | None = None

    def held_by(self, line: CartLine) -> tuple[ReservationId, ...]:
        """The reservations that hold the units of a line: one for each article in it."""
        return (line.reservation_id, *[part.reservation_id for part in self.parts if part.sku == line.sku])

    @property
    def reservations(self) -> tuple[ReservationId, ...]:
        """The reservations of all lines."""
        return tuple([each for line in self.lines for each in self.held_by(line)])

    def line(self, sku: str) -> CartLine | None:
        """The line of that SKU."""
        return next((line for line in self.lines if line.sku == sku), None)

    @property
    def expires_at(self) -> datetime | None:
        """When the last of its holds ends."""
        return max((line.expires_at for line in self.lines), default=None)


@frozen(kw_only=True)
class SetCartLine:
    """Want exactly so many units of a SKU in the cart; none takes the line out.

    Shape: `remind` names the customer who agreed to a reminder of this cart, for as long as later commands name none;
    `reservation_id` and `expires_at` are filled in when the units are held, and for a kit `more`: the
    reservations of its parts after the first.
    """

    cart_id: CartId
    channel: str
    sku: str
    units: int
    at: datetime
    reservation_id: ReservationId | None = None
    expires_at: datetime | None = None
    more: tuple[ReservationId, ...] = ()
    remind: PersonId | None = None


@frozen(kw_only=True)
class BeginCheckout:
    """Hold every line of the cart until the checkout limit. `expires_at` is filled in."""

    cart_id: CartId
    at: datetime
    expires_at: datetime | None = None


@frozen(kw_only=True)
class CloseCart:
    """Note that the cart became an order."""

    cart_id: CartId
    order_id: OrderId
    at: datetime


@frozen(kw_only=True)
class AbandonCart:
    """Note that nobody came back in time."""

    cart_id: CartId
    at: datetime


CartCommand = SetCartLine | BeginCheckout | CloseCart | AbandonCart


@frozen(kw_only=True)
class CartLineSet:
    cart_id: CartId
    channel: str
    line: CartLine
    at: datetime
    more: tuple[ReservationId, ...] = ()
    remind: PersonId | None = None


@frozen(kw_only=True)
class CartLineRemoved:
    cart_id: CartId
    sku: str
    at: datetime


@frozen(kw_only=True)
class CheckoutBegun:
    cart_id: CartId
    expires_at: datetime
    at: datetime


@frozen(kw_only=True)
class CartOrdered:
    cart_id: CartId
    order_id: OrderId
    at: datetime


@frozen(kw_only=True)
class CartAbandoned:
    cart_id: CartId
    channel: str
    units: int
    at: datetime
    remind: PersonId | None = None


CartEvent = CartLineSet | CartLineRemoved | CheckoutBegun | CartOrdered | CartAbandoned


def decide_cart(cart: Cart | None, command: CartCommand) -> Sequence[CartEvent]:
    """The events that follow from a command. Raises: RefusedError once the cart is ordered."""
    if cart is not None and cart.state is CartState.ORDERED:
        raise RefusedError(f"cart {cart.cart_id} became order {cart.order_id}; open a new cart", code="cart.ordered")
    if isinstance(command, SetCartLine):
        return _set_line(cart, command)
    if cart is None:
        raise NotFoundError(f"there is no cart {command.cart_id}; put something into it first", code="cart.unknown")
    match command:
        case BeginCheckout():
            if not cart.lines or command.expires_at is None:
                raise RefusedError(f"cart {cart.cart_id} is empty; there is nothing to check out", code="cart.empty")
            return [CheckoutBegun(cart_id=cart.cart_id, expires_at=command.expires_at, at=command.at)]
        case CloseCart():
            return [CartOrdered(cart_id=cart.cart_id, order_id=command.order_id, at=command.at)]
        case AbandonCart():
            if cart.state is CartState.ABANDONED:
                return []
            units = sum(line.units for line in cart.lines)
            return [
                CartAbandoned(
                    cart_id=cart.cart_id, channel=cart.channel, units=units, remind=cart.remind, at=command.at
                )
            ]
        case _:
            assert_never(command)


def evolve_cart(cart: Cart | None, event: CartEvent) -> Cart:
    """The cart after one more fact."""
    if isinstance(event, CartLineSet):
        cart = cart or Cart(cart_id=event.cart_id, channel=event.channel, state=CartState.OPEN)
        lines = tuple(line for line in cart.lines if line.sku != event.line.sku)
        parts = (*_without(cart.parts, event.line.sku), *[CartPart(event.line.sku, each) for each in event.more])
        return changed(
            cart,
            state=CartState.OPEN,
            lines=(*lines, event.line),
            holds_made=cart.holds_made + 1,
            parts=parts,
            remind=event.remind or cart.remind,
        )
    if cart is None:
        raise DamageError(f"{type(event).__name__} came before CartLineSet", code="damage.first_event")
    match event:
        case CartLineRemoved():
            lines = tuple(line for line in cart.lines if line.sku != event.sku)
            return changed(cart, lines=lines, parts=_without(cart.parts, event.sku))
        case CheckoutBegun():
            return changed(cart, lines=tuple(line._replace(expires_at=event.expires_at) for line in cart.lines))
        case CartOrdered():
            return changed(cart, state=CartState.ORDERED, order_id=event.order_id)
        case CartAbandoned():
            return changed(cart, state=CartState.ABANDONED)
        case _:
            assert_never(event)


def _without(parts: tuple[CartPart, ...], sku: str) -> tuple[CartPart, ...]:
    return tuple([part for part in parts if part.sku != sku]) if parts else ()


def _set_line(cart: Cart | None, command: SetCartLine) -> Sequence[CartEvent]:
    checked_id(command.cart_id, what="cart id")
    checked_units(command.units, what=f"units of {command.sku} in a cart", least=0)
    if command.units == 0:
        if cart is None or cart.line(command.sku) is None:
            return []
        return [CartLineRemoved(cart_id=command.cart_id, sku=command.sku, at=command.at)]
    if command.reservation_id is None or command.expires_at is None:
        raise InputError(f"cart {command.cart_id}: {command.sku} is not held by a reservation", code="cart.unheld")
    line = CartLine(command.sku, command.units, command.reservation_id, command.expires_at)
    return [
        CartLineSet(
            cart_id=command.cart_id,
            channel=command.channel,
            line=line,
            more=command.more,
            remind=command.remind,
            at=command.at,
        )
    ]
