"""The papers of an order, from what the database knows: receipts for what left, packing slips for what was packed.

Names and addresses come from the vault and are gone once the customer is forgotten. The letterhead and the way amounts
and days are written come from the shop's configuration when it is given.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from omscore.calendars import local_date
from omscore.cli.records import Records
from omscore.errors import NotFoundError, RefusedError
from omscore.fulfillment.documents import (
    DocumentHead,
    ReceiptExtra,
    ReceiptLine,
    ReceiptPayment,
    SlipLine,
    packing_slip,
    receipt,
)
from omscore.fulfillment.model import FulfillmentOrder
from omscore.money import Money, Rounding
from omscore.money.formatting import format_date, format_money
from omscore.orders.amounts import Amounts, Taxed
from omscore.orders.events import LinesReturned
from omscore.orders.kits import paper_title
from omscore.orders.model import Order, OrderLine
from omscore.payments.model import Payment
from omscore.places import Address
from omscore.policy.shop import Shop


def receipt_of(records: Records, order: Order, shop: Shop | None = None) -> str:
    """The receipt for everything that left, less what came back.

    Raises: RefusedError while nothing has left.
    """
    shipped = [work for work in _work(records, order) if work.shipped_at]
    if not shipped:
        raise RefusedError(
            f"order {order.order_id} has no receipt yet: nothing of it has left; ask again after the first shipment",
            code="order.no_receipt",
        )
    lines = [line for line in order.lines if line.quantities.handed_over]
    issued = max(work.shipped_at for work in shipped if work.shipped_at)
    return receipt(
        _head(records, order, shop, number=f"R-{order.order_id}", issued=issued),
        [_charged(order, line) for line in lines],
        extras=[extra for line in lines for extra in _extras(line)] + list(_taken_back(records, order)),
        payments=list(_payments(records, order)),
        prices_include_tax=all(_priced_with_tax(line) for line in lines),
        format_money=(lambda amount: format_money(amount, shop.locale)) if shop else str,
    )


def packing_slips(records: Records, order: Order, shop: Shop | None = None) -> str:
    """A slip for every shipment that was packed, one after the other.

    Raises: RefusedError while nothing was packed.
    """
    packed = [work for work in _work(records, order) if work.packages]
    if not packed:
        raise RefusedError(
            f"order {order.order_id} has no packing slip yet: nothing of it was packed; pack first",
            code="order.no_slip",
        )
    return "\n\n".join(_slip(records, order, work, shop) for work in packed)


def _slip(records: Records, order: Order, work: FulfillmentOrder, shop: Shop | None) -> str:
    here = {line.line_id for line in work.lines}
    lines = [
        SlipLine(line_id=line.line_id, sku=line.sku, title=paper_title(order, line), to_follow=_to_follow(line, work))
        for line in order.lines
        if line.line_id in here or line.quantities.unshipped
    ]
    head = _head(records, order, shop, number=work.fulfillment_id, issued=work.shipped_at or work.opened_at)
    return packing_slip(head, lines, work.packages)


def _to_follow(line: OrderLine, work: FulfillmentOrder) -> int:
    """Units of the line still to leave that are not in this shipment."""
    boxed = 0 if work.shipped_at else sum(each.packed for each in work.lines if each.line_id == line.line_id)
    return line.quantities.unshipped - boxed


def _work(records: Records, order: Order) -> list[FulfillmentOrder]:
    return [records.look(FulfillmentOrder, each) for each in order.fulfillments]


def _charged(order: Order, line: OrderLine) -> ReceiptLine:
    units = line.quantities.handed_over
    goods = line.amounts.goods.part(0, units, line.units)
    return ReceiptLine(
        sku=line.sku,
        title=paper_title(order, line),
        units=units,
        unit_price=line.unit_price,
        net=goods.net,
        tax=goods.tax,
        tax_code=line.tax_code,
        tax_rate=line.tax_rate,
        discount=None if line.discount.is_zero else line.discount.part(0, units, line.units),
    )


def _extras(line: OrderLine) -> Iterator[ReceiptExtra]:
    units = line.quantities.handed_over
    yield from _extra("Shipping", line.amounts.shipping.part(0, units, line.units), line)
    yield from _extra("Charges", line.amounts.charges.part(0, units, line.units), line)


def _extra(title: str, amount: Taxed, line: OrderLine) -> Iterator[ReceiptExtra]:
    if not (amount.net.is_zero and amount.tax.is_zero):
        yield ReceiptExtra(title=title, net=amount.net, tax=amount.tax, tax_code=line.tax_code, tax_rate=line.tax_rate)


def _taken_back(records: Records, order: Order) -> Iterator[ReceiptExtra]:
    """What was owed back for returned units, by line; whether shipping came with it is what each event says."""
    done: dict[int, int] = {}
    for fact in records.log([f"order/{order.order_id}"]):
        event = fact.event
        if not isinstance(event, LinesReturned):
            continue
        parts: list[tuple[OrderLine, Amounts]] = []
        for line_id, units in event.units:
            line = order.line(line_id)
            parts.append((line, line.amounts.part(done.get(line_id, 0), units, line.units)))
            done[line_id] = done.get(line_id, 0) + units
        whole = Amounts.total((part for _, part in parts), order.currency) == event.amounts
        for line, part in parts:
            back = part if whole else part.goods_only()
            nothing = Taxed.zero(order.currency)
            yield from _extra("Goods taken back", nothing - back.goods - back.shipping - back.charges, line)


def _payments(records: Records, order: Order) -> Iterator[ReceiptPayment]:
    for each in order.payments:
        payment = records.look(Payment, each)
        if not payment.captured.is_zero:
            yield ReceiptPayment(title=f"Paid by {payment.provider}", amount=payment.captured)
        if not payment.refunded.is_zero:
            yield ReceiptPayment(title="Paid back", amount=-payment.refunded)


def _priced_with_tax(line: OrderLine) -> bool:
    """True when the price of the line is what the customer pays, tax and all."""
    value: Money = line.unit_price.extend(line.units, rounding=Rounding.HALF_UP)
    return line.amounts.goods.gross == value - line.discount


def _head(records: Records, order: Order, shop: Shop | None, *, number: str, issued: datetime) -> DocumentHead:
    def day(moment: datetime) -> str:
        if shop is None:
            return local_date(moment, "UTC").isoformat()
        return format_date(local_date(moment, shop.timezone), shop.locale)

    return DocumentHead(
        shop=(shop.name, shop.mail) if shop else ("",),
        customer=_customer(records, order),
        order_no=order.order_id,
        ordered_on=day(order.placed_at),
        document_no=number,
        issued_on=day(issued),
    )


def _customer(records: Records, order: Order) -> tuple[str, ...]:
    """The address from the vault, or as much of it as the order itself keeps."""
    place = f"{order.destination.country} {order.destination.postcode_area}".strip()
    if order.person_id is None:
        return ("Customer not registered", place)
    person = records.person(order.person_id)
    if person is None:
        return (f"Customer {order.person_id}", "(details forgotten)", place)
    try:
        return _lines(person.address(order.address_name))
    except NotFoundError:
        return (person.name, place)


def _lines(address: Address) -> tuple[str, ...]:
    town = f"{address.postcode} {address.city}".strip()
    return (address.recipient, *address.lines, town, address.region, address.country)
