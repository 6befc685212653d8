"""From the rows of one order to an order of a channel, by the layout of the mapping file. Pure."""

from __future__ import annotations

from omscore.border import JsonValue
from omscore.errors import InputError
from omscore.money import Money, Rounding
from omscore.ports.channels import ChannelLine, ChannelMessage, ChannelOrder, ChannelTax
from omscore_adapters.channel_common import (
    Complaints,
    country_of,
    message_id_of,
    money_of,
    plain,
    price_of,
    rate_of,
    recipient_of,
    sku_of,
    taken,
    title_of,
    units_of,
)
from omscore_adapters.channel_table.layout import ORDER_FIELDS, Layout
from omscore_adapters.channel_table.rows import Group, Row


def message_of(group: Group, layout: Layout) -> ChannelMessage:
    """One order, or all that is wrong with it, line by line."""
    complaints = Complaints()
    table = _Table(layout)
    message_id, order = "", None
    with complaints.about(0):
        reference = message_id_of(table.at("reference", group.head), "the reference")
        message_id = message_id_of(table.at("message_id", group.head) or reference)
        order = _order(group, reference, table, complaints)
    return ChannelMessage(
        message_id=message_id,
        content=group.content,
        order=None if complaints.found else order,
        complaints=tuple(complaints.found),
    )


class _Table:
    """Looks fields up where the layout says they are."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout

    def at(self, name: str, cells: JsonValue) -> JsonValue:
        """The value of a field; the fixed one where nothing stands, and then None."""
        found: JsonValue = None
        if (place := self.layout.fields.get(name)) is not None:
            found = taken(cells, place) if self.layout.format == "csv" else taken(cells, *place.split("."))
            found = found.strip() if isinstance(found, str) else found
        return self.layout.values.get(name) if found is None or found == "" else found

    def number(self, name: str, cells: JsonValue) -> JsonValue:
        """The same for a number, with its decimal comma made a point."""
        found = self.at(name, cells)
        if self.layout.decimal_comma and isinstance(found, str):
            if "." in found:
                raise InputError(f"{name} {found[:40]!r} has a point, but numbers here have a decimal comma")
            return found.replace(",", ".")
        return found

    def money(self, name: str, cells: JsonValue, currency: str) -> Money | None:
        """An amount; None where none stands."""
        found = self.number(name, cells)
        return None if found is None else money_of(found, currency, name)


def _order(group: Group, reference: str, table: _Table, complaints: Complaints) -> ChannelOrder:
    head = group.head
    currency = plain(table.at("currency", head)).upper()
    Money.zero(currency)
    country = country_of(table.at("country", head))
    lines: list[ChannelLine] = []
    for row in group.rows:
        with complaints.about(row.number):
            if row.problem:
                raise InputError(row.problem)
            _check_same(row, head, table)
            lines.append(_line(row, currency, table))
    return ChannelOrder(
        reference=reference,
        currency=currency,
        country=country,
        postcode=plain(table.at("postcode", head)),
        lines=tuple(lines),
        recipient=recipient_of(
            name=table.at("name", head),
            lines=(table.at("street", head), table.at("street2", head)),
            city=table.at("city", head),
            country=country,
            postcode=table.at("postcode", head),
            region=table.at("region", head),
            mail=table.at("mail", head),
            phone=table.at("phone", head),
        ),
        discount=table.money("discount_order", head, currency),
        shipping=table.money("shipping", head, currency),
        shipping_tax=table.money("shipping_tax", head, currency),
        charges=table.money("charges", head, currency),
        prices_include_tax=table.layout.prices_include_tax,
        total=table.money("total", head, currency),
        goods_total=table.money("goods_total", head, currency),
    )


def _check_same(row: Row, head: JsonValue, table: _Table) -> None:
    """Refuse a row that says something else of the order than the rows before it."""
    if table.layout.format != "csv":
        return
    for name in ORDER_FIELDS:
        column = table.layout.fields.get(name, "")
        mine = taken(row.cells, column)
        if column and mine and mine != taken(head, column):
            raise InputError(f"{column[:60]!r} differs from that of the order's first row")


def _line(row: Row, currency: str, table: _Table) -> ChannelLine:
    if not isinstance(row.cells, dict):
        raise InputError("is no object")
    price = price_of(table.number("unit_price", row.cells), currency)
    units = units_of(table.number("units", row.cells))
    discount = table.money("discount", row.cells, currency)
    tax = table.money("tax", row.cells, currency)
    told = None
    if tax is not None:
        goods = price.extend(units, rounding=Rounding.HALF_UP) - (discount or Money.zero(currency))
        net = goods - tax if table.layout.prices_include_tax else goods
        code = plain(table.at("tax_code", row.cells)) or "tax"
        told = ChannelTax(code=code[:100], rate=rate_of(tax, net), amount=tax)
    return ChannelLine(
        number=row.number,
        sku=sku_of(table.at("sku", row.cells), table.layout.skus),
        units=units,
        unit_price=price,
        title=title_of(table.at("title", row.cells)),
        discount=discount,
        tax=told,
    )
