"""Placing an order: check it against the shop, find its taxes, turn its cart's holds over to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter

from omscore.customers.model import Customer, checked_groups
from omscore.engine.plans.kits import articles_of, kits_told
from omscore.engine.reader import Foreseen
from omscore.engine.unit import Unit
from omscore.errors import InputError, NotFoundError, RefusedError
from omscore.ids import CartId, OrderId, PersonId
from omscore.inventory.commands import ConfirmReservation
from omscore.inventory.model import Reservation, ReservationState
from omscore.items import Item
from omscore.orders.carts import Cart, CloseCart
from omscore.orders.commands import KitTold, LineTax, PaymentTerms, PlaceOrder
from omscore.orders.model import HoldKind
from omscore.places import MISWRITTEN
from omscore.records import changed, changer, maker
from omscore.returns.model import exchange_name
from omscore.reviews.deciding import RequestReview
from omscore.shipmentprices import checked_prices

_new_foreseen = maker(Foreseen)
_new_line_tax = maker(LineTax)
_filled_in = changer(PlaceOrder, "taxes", "customer_groups", "prices_include_tax", "kits", "unit_tax")

_SKU = attrgetter("sku")  # mapped over the few lines of an order, which a comprehension takes longer for to begin


def place_order(unit: Unit, command: PlaceOrder) -> None:
    """Check the order against the shop, find its taxes, turn its cart's holds over to it."""
    order_id = command.order_id
    reviewers = unit.desk.reviewers
    unit.expect_new(f"order/{order_id}", f"payment/{order_id}.p1", f"decision/{order_id}.d1", f"work/{order_id}.f1")
    channel = unit.desk.shop.channel(command.channel)
    if command.currency != channel.currency:
        raise InputError(
            f"order {command.order_id} is in {command.currency}, channel {channel.name} sells in {channel.currency}",
            code="order.currency",
        )
    if command.destination.country in MISWRITTEN:
        meant = MISWRITTEN[command.destination.country]
        raise InputError(
            f"order {order_id} goes to {command.destination.country}, which is no country's code in ISO 3166; "
            f"write {meant}",
            code="order.country",
        )
    if command.reference:
        name = f"reference:{command.channel}:{command.reference}"
        holder = unit.desk.reader.claimed(name) if unit.again else None
        if holder is not None and holder != f"order/{command.order_id}":
            raise RefusedError(
                f"{command.channel} reference {command.reference} is order {holder.partition('/')[2]} already",
                code="order.reference_taken",
            )
        unit.claim(name, f"order/{command.order_id}")
    if command.payment is not None:
        _check_provider(unit, command.order_id, command.payment)
    if command.shipment_prices:
        checked_prices(command.shipment_prices, unit.desk.shop.currency)
    groups = checked_groups(command.customer_groups) if command.customer_groups else ()
    if command.person_id is not None:
        customer = _checked_customer(unit, command)
        if customer is not None and not groups:
            groups = customer.groups
    if command.exchange_for is not None:
        other = unit.exchange_order(command.exchange_for)
        if other not in (None, command.order_id):
            raise RefusedError(
                f"return {command.exchange_for} is exchanged for order {other} already", code="order.exchange_taken"
            )
        unit.claim(exchange_name(command.exchange_for), f"order/{command.order_id}")
    items = unit.items(map(_SKU, command.lines))
    if command.kits:
        raise InputError(
            f"order {order_id} brings parts of kits along (kits); leave them out, they are those of the items",
            code="order.kits_told",
        )
    taxes = command.taxes or _taxes(unit, command, [items[line.sku].tax_category for line in command.lines])
    has_kits = any([item.kit is not None for item in items.values()])
    if command.cart_id is not None:
        _confirm_cart(unit, command.cart_id, command)
    if reviewers:
        unit.expect_new(f"review/{order_id}")
        command = changed(command, holds=(*command.holds, HoldKind.UNDER_REVIEW))
    unit.decide(
        _filled_in(
            command,
            taxes=taxes,
            customer_groups=groups,
            prices_include_tax=(
                channel.prices_include_tax if command.prices_include_tax is None else command.prices_include_tax
            ),
            kits=_kits(unit, command, items) if has_kits else (),
            unit_tax=unit.desk.shop.unit_tax if command.unit_tax is None else command.unit_tax,
        )
    )
    if reviewers:
        ends_at = command.at + unit.desk.shop.review.within
        unit.decide(RequestReview(order_id=order_id, reviewers=reviewers, ends_at=ends_at, at=command.at))


def foreseen_in_order(command: PlaceOrder) -> Foreseen:
    """The order itself, its items and their stock, and who it is for."""
    skus = tuple(map(_SKU, command.lines))
    streams = [f"item/{sku}" for sku in skus]
    people: tuple[PersonId, ...] = ()
    if command.person_id is not None:
        streams.append(f"customer/{command.person_id}")
        people = (command.person_id,)
    return _new_foreseen(new=(f"order/{command.order_id}",), streams=tuple(streams), skus=skus, people=people)


def _check_provider(unit: Unit, order_id: OrderId, terms: PaymentTerms) -> None:
    if terms.provider not in unit.desk.shop.payment:
        known = ", ".join(unit.desk.shop.payment) or "none"
        raise InputError(
            f"order {order_id}: there is no payment provider {terms.provider!r}; configured: {known}",
            code="order.payment_provider",
        )


def _checked_customer(unit: Unit, command: PlaceOrder) -> Customer | None:
    """Who it is for. A parcel will need the address, so an order for a person without it is refused at the door."""
    person_id = PersonId(command.person_id or "")
    customer = unit.find(Customer, person_id)
    person = unit.person(person_id)
    if person is None or (customer is not None and customer.forgotten_at is not None):
        raise NotFoundError(
            f"customer {command.person_id} is not known (or was forgotten); register them first (RegisterCustomer)",
            code="customer.unknown",
        )
    country = person.address(command.address_name).country
    if country != command.destination.country:
        raise InputError(
            f"order {command.order_id} goes to {command.destination.country}, but the address "
            f"{command.address_name!r} of customer {command.person_id} is in {country}; give the address it goes to",
            code="order.country",
        )
    return customer


def _taxes(unit: Unit, command: PlaceOrder, categories: Sequence[str]) -> tuple[LineTax, ...]:
    distinct = sorted(set(categories))
    rates = unit.desk.taxes.rates(distinct, command.destination, command.at)
    found = {category: _new_line_tax(rate.code, rate.rate) for category, rate in zip(distinct, rates, strict=True)}
    return tuple(map(found.__getitem__, categories))


def _kits(unit: Unit, command: PlaceOrder, items: Mapping[str, Item]) -> tuple[KitTold, ...]:
    """The kits of an order with their parts; every part bears its own tax, unless the order says that of the line."""
    if command.taxes:
        return kits_told(unit, command.lines, items, command.taxes) if len(command.taxes) == len(command.lines) else ()
    kits = [items[line.sku] for line in command.lines if items[line.sku].kit is not None]
    categories = sorted({part.tax_category for part in unit.items(articles_of(kits)).values()})
    taxes = _taxes(unit, command, categories)
    return kits_told(unit, command.lines, items, dict(zip(categories, taxes, strict=True)))


def _confirm_cart(unit: Unit, cart_id: CartId, command: PlaceOrder) -> None:
    """A hold whose time is up may still be confirmed: whoever needed its units has expired it."""
    cart = unit.get(Cart, cart_id)
    for reservation_id in cart.reservations:
        reservation = unit.get(Reservation, reservation_id)
        if reservation.state is ReservationState.LIVE:
            unit.run(ConfirmReservation(reservation_id=reservation_id, at=command.at))
    unit.run(CloseCart(cart_id=cart_id, order_id=command.order_id, at=command.at))
