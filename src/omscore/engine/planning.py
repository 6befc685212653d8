"""The use cases that look before anybody decides: at the shelf, the tax table, the boxes, the vault."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import attrs

from omscore.customers.model import ForgetCustomer, RegisterCustomer
from omscore.engine.shelves import shelves_of, taken_cells
from omscore.engine.unit import Unit, exchange_name
from omscore.errors import InputError, NotFoundError, RefusedError, StockShortError
from omscore.flows.allocation import decision_of
from omscore.flows.world import RouteOrder
from omscore.fulfillment.commands import PackBoxes, RecordLabel
from omscore.fulfillment.model import FulfillmentOrder
from omscore.fulfillment.packing import ItemToPack, choose_boxes
from omscore.ids import CartId, OrderId, PaymentId, PersonId, ReservationId
from omscore.inventory import availability
from omscore.inventory.commands import (
    ConfirmReservation,
    CountStock,
    ExpireReservation,
    ExtendReservation,
    MakeReservation,
    ReceiveStock,
    ReleaseReservation,
)
from omscore.inventory.model import Reservation, ReservationState
from omscore.money import Money
from omscore.orders.carts import AbandonCart, BeginCheckout, Cart, CartState, CloseCart, SetCartLine
from omscore.orders.commands import AttachPayment, CancelOrder, LineTax, PaymentTerms, PlaceHold, PlaceOrder
from omscore.orders.model import HoldKind, Order
from omscore.parties import Person
from omscore.payments.commands import RequestAuthorisation
from omscore.ports.carriers import LabelDocument
from omscore.quantities import CellKey, StockState
from omscore.routing import Demand, RoutingRequest, route


@attrs.frozen(kw_only=True)
class TimeOutCart:
    """Look whether a cart's holds have run out, and abandon it if so."""

    cart_id: CartId
    at: datetime


@attrs.frozen(kw_only=True)
class KeepLabel:
    """Note a bought label and keep its printable forms, which bear an address, in the vault of their owner."""

    record: RecordLabel
    owner: PersonId
    documents: tuple[LabelDocument, ...]
    at: datetime


@attrs.frozen(kw_only=True)
class RetryPayment:
    """Let the customer pay another way what is left to ship, after a payment was declined."""

    order_id: OrderId
    payment: PaymentTerms
    at: datetime


@attrs.frozen(kw_only=True)
class CancelUnpaid:
    """Cancel an order that nobody paid for in time."""

    order_id: OrderId
    at: datetime


def place_order(unit: Unit, command: PlaceOrder) -> None:
    """Check the order against the shop, find its taxes, turn its cart's holds over to it."""
    channel = unit.desk.shop.channel(command.channel)
    if command.currency != channel.currency:
        raise InputError(
            f"order {command.order_id} is in {command.currency}, channel {channel.name} sells in {channel.currency}",
            code="order.currency",
        )
    if command.reference:
        name = f"reference:{command.channel}:{command.reference}"
        holder = unit.desk.storage.claimed(name)
        if holder is not None and holder != f"order/{command.order_id}":
            raise RefusedError(
                f"{command.channel} reference {command.reference} is order {holder.partition('/')[2]} already",
                code="order.reference_taken",
            )
        unit.claim(name, f"order/{command.order_id}")
    if command.payment is not None:
        _check_provider(unit, command.order_id, command.payment)
    if command.person_id is not None:
        _check_person(unit, command.person_id, command.address_name)
    if command.exchange_for is not None:
        unit.claim(exchange_name(command.exchange_for), f"order/{command.order_id}")
    unit.prepare(f"item/{line.sku}" for line in command.lines)
    taxes = command.taxes or _taxes(unit, command)
    if command.cart_id is not None:
        _confirm_cart(unit, command.cart_id, command)
    unit.decide(
        attrs.evolve(
            command,
            taxes=taxes,
            prices_include_tax=(
                channel.prices_include_tax if command.prices_include_tax is None else command.prices_include_tax
            ),
            unit_tax=unit.desk.shop.unit_tax if command.unit_tax is None else command.unit_tax,
        )
    )


def _check_provider(unit: Unit, order_id: OrderId, terms: PaymentTerms) -> None:
    if terms.provider not in unit.desk.shop.payment:
        known = ", ".join(unit.desk.shop.payment) or "none"
        raise InputError(
            f"order {order_id}: there is no payment provider {terms.provider!r}; configured: {known}",
            code="order.payment_provider",
        )


def _check_person(unit: Unit, person_id: PersonId, address_name: str) -> None:
    """A parcel will need the address, so an order for a person without it is refused at the door."""
    text = unit.desk.storage.vault_get(person_id, "person")
    if text is None:
        raise NotFoundError(
            f"customer {person_id} is not known (or was forgotten); register them first (RegisterCustomer)",
            code="customer.unknown",
        )
    unit.desk.codec.record(text, Person).address(address_name)


def retry_payment(unit: Unit, command: RetryPayment) -> None:
    """Another payment for what is left to ship."""
    order = unit.get(Order, command.order_id)
    _check_provider(unit, order.order_id, command.payment)
    if not order.has_hold(HoldKind.PAYMENT_DECLINED) or order.is_settled:
        raise RefusedError(f"order {order.order_id} has no declined payment to replace", code="order.not_declined")
    amount = Money.total(
        (
            line.amounts.part(line.quantities.handed_over, line.quantities.unshipped, line.units).gross
            for line in order.lines
            if line.quantities.unshipped
        ),
        order.currency,
    )
    payment_id = PaymentId(f"{order.order_id}.p{len(order.payments) + 1}")
    unit.run(AttachPayment(order_id=order.order_id, payment_id=payment_id, at=command.at))
    unit.run(
        RequestAuthorisation(
            payment_id=payment_id,
            order_id=order.order_id,
            provider=command.payment.provider,
            method=command.payment.method,
            amount=amount,
            at=command.at,
        )
    )


def _taxes(unit: Unit, command: PlaceOrder) -> tuple[LineTax, ...]:
    categories = [unit.item(line.sku).tax_category for line in command.lines]
    distinct = sorted(set(categories))
    rates = dict(zip(distinct, unit.desk.taxes.rates(distinct, command.destination, command.at), strict=True))
    return tuple(LineTax(rates[category].code, rates[category].rate) for category in categories)


def _confirm_cart(unit: Unit, cart_id: CartId, command: PlaceOrder) -> None:
    """A hold whose time is up may still be confirmed: whoever needed its units has expired it."""
    cart = unit.get(Cart, cart_id)
    for line in cart.lines:
        reservation = unit.get(Reservation, line.reservation_id)
        if reservation.state is ReservationState.LIVE:
            unit.run(ConfirmReservation(reservation_id=line.reservation_id, at=command.at))
    unit.run(CloseCart(cart_id=cart_id, order_id=command.order_id, at=command.at))


def route_order(unit: Unit, command: RouteOrder) -> None:
    """Ask routing where the waiting units shall come from; expired holds in the way are expired."""
    order = unit.get(Order, command.order_id)
    waiting = [line for line in order.lines if line.quantities.waiting]
    if not waiting:
        return
    channel = unit.desk.shop.channel(order.channel)
    shelves = shelves_of(unit, [line.sku for line in waiting], command.at)
    decision = route(
        RoutingRequest(
            order_id=order.order_id,
            channel=order.channel,
            demands=tuple(
                Demand(
                    line_id=line.line_id,
                    sku=line.sku,
                    units=line.quantities.waiting,
                    mass_g=unit.item(line.sku).mass_g,
                )
                for line in waiting
            ),
            destination=order.destination,
            pools=channel.pools,
            allowed_locations=channel.locations,
            strategy=unit.desk.shop.routing.strategy,
            threshold_units=channel.reserve_threshold,
        ),
        unit.desk.network,
        {sku: shelf.units_by_cell() for sku, shelf in shelves.items()},
    )
    if not decision.assignments and not any(line.quantities.open for line in waiting):
        return  # everything waits already, and still must
    for sku, cells in taken_cells(decision).items():
        for reservation in availability.needed_expiries(shelves[sku], cells):
            unit.run(ExpireReservation(reservation_id=reservation.reservation_id, at=command.at))
    unit.run(decision_of(order, decision, command.at))


def set_cart_line(unit: Unit, command: SetCartLine) -> None:
    """Let go of what the line held, hold the new number of units; short stock is told by the number that can be had."""
    channel = unit.desk.shop.channel(command.channel)
    unit.item(command.sku)
    cart = unit.find(Cart, command.cart_id)
    line = cart.line(command.sku) if cart else None
    if line is not None:
        _let_go(unit, line.reservation_id, command.at)
    if command.units == 0:
        unit.decide(command)
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
    unit.decide(attrs.evolve(command, reservation_id=reservation_id, expires_at=expires_at))


def begin_checkout(unit: Unit, command: BeginCheckout) -> None:
    """Hold every line until the checkout limit; a line whose hold is gone is held anew if there is stock."""
    cart = unit.get(Cart, command.cart_id)
    expires_at = command.at + unit.policy.checkout_hold
    for line in cart.lines:
        reservation = unit.get(Reservation, line.reservation_id)
        if not reservation.is_live(command.at):
            unit.run(
                SetCartLine(cart_id=cart.cart_id, channel=cart.channel, sku=line.sku, units=line.units, at=command.at)
            )
    for line in unit.get(Cart, command.cart_id).lines:
        unit.run(ExtendReservation(reservation_id=line.reservation_id, expires_at=expires_at, at=command.at))
    unit.decide(attrs.evolve(command, expires_at=expires_at))


def time_out_cart(unit: Unit, command: TimeOutCart) -> None:
    """Expire the holds of a cart whose time is up; nothing when it was ordered or touched again."""
    cart = unit.get(Cart, command.cart_id)
    if cart.state is not CartState.OPEN or cart.expires_at is None or command.at < cart.expires_at:
        return
    for line in cart.lines:
        _let_go(unit, line.reservation_id, command.at)
    unit.run(AbandonCart(cart_id=cart.cart_id, at=command.at))


def cancel_unpaid(unit: Unit, command: CancelUnpaid) -> None:
    """Cancel what can be cancelled while the declined payment stands."""
    order = unit.get(Order, command.order_id)
    if order.has_hold(HoldKind.PAYMENT_DECLINED) and not order.is_settled:
        unit.run(CancelOrder(order_id=order.order_id, reason="unpaid", at=command.at))


def count_stock(unit: Unit, command: CountStock) -> None:
    """Fill in what the books expect on the shelf: sellable, reserved and allocated units."""
    unit.item(command.sku)
    levels = unit.levels([command.sku])
    states = (StockState.SELLABLE, StockState.RESERVED, StockState.ALLOCATED)
    on_shelf = sum(levels.get(CellKey(command.sku, command.location_id, command.pool, state), 0) for state in states)
    unit.desk.shop.location(command.location_id)
    unit.decide(attrs.evolve(command, on_shelf=on_shelf))


def receive_stock(unit: Unit, command: ReceiveStock) -> None:
    """Check that the location and the items are known."""
    unit.desk.shop.location(command.location_id)
    unit.prepare(f"item/{line.sku}" for line in command.lines)
    for line in command.lines:
        unit.item(line.sku)
    unit.decide(command)


def pack_boxes(unit: Unit, command: PackBoxes) -> None:
    """Choose boxes for everything picked, unless the packer named them."""
    if command.packages:
        unit.decide(command)
        return
    work = unit.get(FulfillmentOrder, command.fulfillment_id)
    items = []
    for line_id, sku, _, units in work.to_pack:
        item = unit.item(sku)
        items.append(ItemToPack(line_id=line_id, sku=sku, units=units, mass_g=item.mass_g, size=item.size))
    packages = choose_boxes(work.fulfillment_id, items, unit.desk.shop.boxes) if items else ()
    unit.decide(attrs.evolve(command, packages=packages))


def keep_label(unit: Unit, command: KeepLabel) -> None:
    """The label as a fact without the address, its documents in the vault."""
    unit.run(command.record)
    for document in command.documents:
        name = f"label:{command.record.package_id}:{document.media_type}"
        unit.keep_private(command.owner, name, document.text)


def register_customer(unit: Unit, command: RegisterCustomer) -> None:
    """Keep the person in the vault; the log learns only the id."""
    unit.decide(command)
    unit.keep_private(command.person_id, "person", unit.desk.codec.text(command.person))


def forget_customer(unit: Unit, command: ForgetCustomer) -> None:
    """Note that the customer is forgotten; what has not left for them yet is stopped, for it has no address any more."""
    unit.decide(command)
    for stream in unit.desk.storage.listed("person", command.person_id):
        order = unit.get(Order, stream.partition("/")[2])
        if not order.is_settled:
            says = "the customer was forgotten, so there is no address; cancel what is left"
            unit.run(PlaceHold(order_id=order.order_id, kind=HoldKind.ADDRESS, says=says, at=command.at))


def _let_go(unit: Unit, reservation_id: ReservationId, at: datetime) -> None:
    reservation = unit.get(Reservation, reservation_id)
    if reservation.state is not ReservationState.LIVE:
        return
    if reservation.is_live(at):
        unit.run(ReleaseReservation(reservation_id=reservation_id, at=at))
    else:
        unit.run(ExpireReservation(reservation_id=reservation_id, at=at))


PLANS: Mapping[type[Any], Callable[[Any, Any], None]] = {
    PlaceOrder: place_order,
    RouteOrder: route_order,
    SetCartLine: set_cart_line,
    BeginCheckout: begin_checkout,
    TimeOutCart: time_out_cart,
    CancelUnpaid: cancel_unpaid,
    RetryPayment: retry_payment,
    CountStock: count_stock,
    ReceiveStock: receive_stock,
    PackBoxes: pack_boxes,
    KeepLabel: keep_label,
    ForgetCustomer: forget_customer,
    RegisterCustomer: register_customer,
}
