"""From an order as a channel tells it to the commands that take it, once its parts sum to what the channel says.

All of it is pure: the same message always makes the same commands, under ids made from the message's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from omscore.border import holds_card_number
from omscore.customers.model import RegisterCustomer
from omscore.errors import InputError
from omscore.ids import OrderId, PersonId, checked_id
from omscore.money import Money, Rounding
from omscore.orders.attributes import CHANNEL_MESSAGE, Attribute
from omscore.orders.commands import LineTax, PlaceOrder, WantedLine
from omscore.parties import Channel, Person
from omscore.places import Address, Destination, destination_of
from omscore.ports.channels import ChannelLine, ChannelOrder, Complaint

CONTENT = "intake.content"
"""The attribute that keeps the digest of what the message said."""
LONGEST_ORDER_ID = 100  # ids of payments and parcels are made from it by adding to its end


def digest(content: bytes) -> str:
    """What tells two messages of one id apart.

    >>> digest(b"")[:8]
    'e3b0c442'
    """
    return sha256(content).hexdigest()


def order_id_of(channel: str, message_id: str) -> OrderId:
    """The order's id, the same whenever the message comes.

    >>> order_id_of("web", "1001"), order_id_of("web", "A 1")
    ('web:1001', 'web:_1f8bcf5bf1b80dfa08223d9c')
    """
    readable = f"{channel}:{message_id}"
    try:
        # A leading underscore is kept for the digests, so that no id can be taken for one.
        if len(readable) <= LONGEST_ORDER_ID and not message_id.startswith("_"):
            return OrderId(checked_id(readable, what="order id"))
    except InputError:
        pass
    name = sha256(f"{channel}\0{message_id}".encode()).hexdigest()[:24]
    try:
        return OrderId(checked_id(f"{channel}:_{name}", what="order id"))
    except InputError:
        return OrderId(f"in:_{name}")


def complaints_about(order: ChannelOrder, channel: Channel) -> list[Complaint]:
    """What keeps the order from being taken, as far as its message tells; wrong sums with their difference."""
    if order.currency != channel.currency:
        return [Complaint(0, f"the order is in {order.currency}, channel {channel.name} sells in {channel.currency}")]
    found: list[Complaint] = []
    told = [line.tax is not None for line in order.lines]
    if any(told) and not all(told):
        found.extend(
            Complaint(line.number, "tells no tax, though others do; tell the tax of every line or of none")
            for line in order.lines
            if line.tax is None
        )
    if not order.lines:
        found.append(Complaint(0, "the order has no lines"))
    if found:
        return found
    goods = _goods(order)
    if order.goods_total is not None and goods != order.goods_total:
        says = f"the lines come to {goods}, the message says {order.goods_total}: {order.goods_total - goods} apart"
        found.append(Complaint(0, says))
    if order.total is not None:
        total = _total(order, goods, _includes_tax(order, channel))
        if total is None:
            says = f"the message says {order.total} in all, its prices are without tax, and it tells no tax"
            found.append(Complaint(0, says))
        elif total != order.total:
            says = (
                f"lines, shipping, charges and tax come to {total}, the message says {order.total}: "
                f"{order.total - total} apart"
            )
            found.append(Complaint(0, says))
    return found


def commands_of(
    order: ChannelOrder, channel: Channel, *, message_id: str, content: str, at: datetime
) -> tuple[RegisterCustomer | None, PlaceOrder]:
    """Who the order is for, and the order. Shape: `content` is the digest of the message.

    Raises: InputError for what no order can hold.
    """
    person = _person(order, channel, message_id, content)
    taxes = [line.tax for line in order.lines if line.tax is not None]
    return (
        None if person is None else RegisterCustomer(person=person, at=at),
        PlaceOrder(
            order_id=order_id_of(channel.name, message_id),
            channel=channel.name,
            currency=order.currency,
            destination=_destination(order),
            lines=tuple(map(_wanted, order.lines)),
            at=at,
            reference=order.reference,
            person_id=None if person is None else person.person_id,
            discount=order.discount,
            shipping=order.shipping,
            charges=order.charges,
            prices_include_tax=order.prices_include_tax,
            taxes=tuple([LineTax(tax.code, tax.rate) for tax in taxes]),
            told_taxes=tuple([tax.amount for tax in taxes]),
            told_shipping_tax=order.shipping_tax if taxes else None,
            attributes=(
                *(Attribute(key, value) for key, value in order.attributes),
                Attribute(CHANNEL_MESSAGE, _kept(message_id)),
                Attribute(CONTENT, content),
            ),
        ),
    )


def _kept(message_id: str) -> str:
    """The id as an attribute can hold it: one that passes for a card number, as many a location number of EDI does, is
    written in hex.

    >>> _kept("1001"), _kept("4111111111111111")
    ('1001', 'hex:34313131313131313131313131313131')
    """
    return f"hex:{message_id.encode().hex()}" if holds_card_number(message_id) else message_id


def _person(order: ChannelOrder, channel: Channel, message_id: str, content: str) -> Person | None:
    """A person for each order: a later message must not change where an earlier order goes."""
    if order.recipient is None:
        return None
    name = sha256(f"{channel.name}\0{message_id}\0{content}".encode()).hexdigest()[:24]
    told = order.recipient
    return Person(
        person_id=PersonId(f"per_{name}"),
        name=told.address.recipient,
        mail=told.mail,
        phone=told.phone,
        addresses=(("home", told.address),),
    )


def _destination(order: ChannelOrder) -> Destination:
    if order.recipient is not None:
        return destination_of(order.recipient.address)
    nobody = Address(recipient="-", lines=("-",), city="-", country=order.country, postcode=order.postcode)
    return destination_of(nobody)


def _wanted(line: ChannelLine) -> WantedLine:
    return WantedLine(
        sku=line.sku, units=line.units, unit_price=line.unit_price, title=line.title, discount=line.discount
    )


def _goods(order: ChannelOrder) -> Money:
    values = [line.unit_price.extend(line.units, rounding=Rounding.HALF_UP) for line in order.lines]
    off = [line.discount for line in order.lines if line.discount is not None]
    return Money.total(values, order.currency) - _sum([*off, order.discount], order.currency)


def _total(order: ChannelOrder, goods: Money, includes_tax: bool) -> Money | None:
    total = goods + _sum([order.shipping, order.charges], order.currency)
    if includes_tax:
        return total
    taxes = [line.tax.amount for line in order.lines if line.tax is not None]
    if not taxes:
        return None  # the shop's own tax port would add what the message does not know of
    return total + _sum([*taxes, order.shipping_tax], order.currency)


def _includes_tax(order: ChannelOrder, channel: Channel) -> bool:
    return channel.prices_include_tax if order.prices_include_tax is None else order.prices_include_tax


def _sum(amounts: Sequence[Money | None], currency: str) -> Money:
    return Money.total([amount for amount in amounts if amount is not None], currency)
