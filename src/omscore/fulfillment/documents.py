"""The papers that go with a parcel, as plain text of 80 columns: a packing slip for the box, a receipt for the customer.

Plain records in, text out. How amounts look is the caller's choice (`format_money`), and nothing here computes a price:
the receipt adds up what it is given and says how much tax is in it, per tax code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

import attrs

from omscore.errors import InputError
from omscore.fulfillment.layout import (
    PAGE_WIDTH,
    Column,
    aligned,
    heading,
    printable,
    rest_of_page,
    row,
    side_by_side,
    width_of,
    wrapped,
)
from omscore.fulfillment.model import Package
from omscore.money import Money, UnitPrice

FormatMoney = Callable[[Money], str]
"""How an amount is written, currency included; at most 22 columns."""

_AMOUNT_WIDTH = 22
_THIN, _THICK = "-" * PAGE_WIDTH, "=" * PAGE_WIDTH


@attrs.frozen(kw_only=True)
class DocumentHead:
    """What stands at the top of every paper.

    Shape: `shop` and `customer` are the lines of a letterhead and of an address; days are text, as the shop writes them.
    """

    shop: tuple[str, ...]
    customer: tuple[str, ...]
    order_no: str
    ordered_on: str
    document_no: str
    issued_on: str


@attrs.frozen(kw_only=True)
class SlipLine:
    """One order line on a packing slip. Units: `to_follow` counts the units that come in another delivery."""

    line_id: int
    sku: str
    title: str
    to_follow: int = 0


@attrs.frozen(kw_only=True)
class ReceiptLine:
    """Units of one article as they are charged.

    Shape: `net` and `tax` are what is left after the `discount`.
    Units: a `tax_rate` of 0.20 is 20 percent.
    """

    sku: str
    title: str
    units: int
    unit_price: UnitPrice
    net: Money
    tax: Money
    tax_code: str
    tax_rate: Decimal
    discount: Money | None = None


@attrs.frozen(kw_only=True)
class ReceiptExtra:
    """Shipping or another charge; one record per tax code, those with the same title are shown as one."""

    title: str
    net: Money
    tax: Money
    tax_code: str
    tax_rate: Decimal


@attrs.frozen(kw_only=True)
class ReceiptPayment:
    """Money that was received, or given back when the amount is negative."""

    title: str
    amount: Money


def packing_slip(head: DocumentHead, lines: Sequence[SlipLine], packages: Sequence[Package], *, note: str = "") -> str:
    """What is in which box and what is still to follow, for the packer and for the customer who opens the boxes.

    Raises: InputError without packages, and when a box holds units of a line that is not among `lines`.
    """
    if not packages:
        raise InputError(f"{head.document_no} has no packages; pack before printing its slip", code="document.empty")
    by_id = {line.line_id: line for line in lines}
    mass_g = sum(package.mass_g for package in packages)
    page = _head("PACKING SLIP", "Deliver to", head, [("Boxes", str(len(packages))), ("Mass", _kilograms(mass_g))])
    sku_width = 24
    columns = (
        Column("Units", 6, right=True),
        Column("SKU", sku_width),
        Column("Article", rest_of_page(6, sku_width), lines=3),
    )
    for number, package in enumerate(packages, 1):
        page += ["", *_box(number, len(packages), package), *heading(columns)]
        for line_id, units in package.contents:
            line = by_id.get(line_id)
            if line is None:
                raise InputError(
                    f"package {package.package_id} holds line {line_id}, which the slip of {head.document_no} does not name",
                    code="document.line",
                    line_id=line_id,
                )
            page += row((str(units), line.sku, line.title), columns)
        count = sum(units for _, units in package.contents)
        page += [_THIN, *row((str(count), "in this box", ""), columns)]
    following = [line for line in lines if line.to_follow]
    if following:
        page += ["", "TO FOLLOW IN ANOTHER DELIVERY", *heading(columns)]
        for line in following:
            page += row((str(line.to_follow), line.sku, line.title), columns)
        page.append(_THIN)
    return _finished(page, note)


def receipt(
    head: DocumentHead,
    lines: Sequence[ReceiptLine],
    *,
    format_money: FormatMoney,
    extras: Sequence[ReceiptExtra] = (),
    payments: Sequence[ReceiptPayment] = (),
    prices_include_tax: bool = True,
    note: str = "",
) -> str:
    """What is charged, the tax in it per code, and what has been paid.

    Shape: amounts are gross where `prices_include_tax`; otherwise they are net and the tax is added at the end.
    Holds: the column of amounts sums to the goods; goods, extras and added tax sum to the total.
    Raises: InputError without lines, for mixed currencies, and when `format_money` writes more than 22 columns.
    """
    if not lines:
        raise InputError(f"receipt {head.document_no} has no lines; name what is charged", code="document.empty")
    currency = lines[0].net.currency
    charged: list[ReceiptLine | ReceiptExtra] = [*lines, *extras]
    total = Money.total((each.net + each.tax for each in charged), currency)
    tax = Money.total((each.tax for each in charged), currency)
    goods = [_shown(line, prices_include_tax) for line in lines]
    money = _checked(format_money)
    width = max(
        14, *(width_of(money(amount)) for amount in (total, -total, *goods, *(each.amount for each in payments)))
    )
    columns = (
        Column("Units", 6, right=True),
        Column("Article", rest_of_page(6, 8, width), lines=3),
        Column("VAT", 8),
        Column("Amount", width, right=True),
    )
    sums = (Column("", rest_of_page(width), right=True), Column("", width, right=True))
    page = [*_head("RECEIPT", "Billed to", head, []), "", *heading(columns)]
    for line, amount in zip(lines, goods, strict=True):
        page += _charged(line, amount, columns, money)
    page += [_THIN, *row(("Goods", money(Money.total(goods, currency))), sums)]
    for title, amount in _by_title(extras, prices_include_tax).items():
        page += row((title, money(amount)), sums)
    if not prices_include_tax:
        page += row(("VAT", money(tax)), sums)
    page += [aligned("=" * width, PAGE_WIDTH, right=True), *row(("TOTAL", money(total)), sums)]
    page += _paid(total, payments, sums, money)
    title = "VAT INCLUDED IN THE TOTAL" if prices_include_tax else "VAT ADDED TO THE PRICES"
    page += ["", title, *_tax_table(charged, money)]
    return _finished(page, note)


def _head(kind: str, whom: str, head: DocumentHead, facts: Sequence[tuple[str, str]]) -> list[str]:
    letterhead = [line for text in head.shop for line in wrapped(text, PAGE_WIDTH - len(kind) - 2)] or [""]
    page = [aligned(letterhead[0], PAGE_WIDTH - len(kind)) + kind, *letterhead[1:], _THICK, ""]
    customer = [printable(line) for line in head.customer]
    known = [
        ("Order", head.order_no),
        ("Ordered", head.ordered_on),
        ("Number", head.document_no),
        ("Date", head.issued_on),
        *facts,
    ]
    return page + side_by_side([whom.upper(), *(line for line in customer if line)], known)


def _box(number: int, count: int, package: Package) -> list[str]:
    """What the packer sees on the outside: which box, how big, how heavy, and the carrier's number once there is one."""
    edges = (package.length_mm, package.width_mm, package.height_mm)
    size = f"{edges[0]} x {edges[1]} x {edges[2]} mm" if any(edges) else "not measured"
    facts = [f"BOX {number} OF {count}", package.box, size, _kilograms(package.mass_g), package.package_id]
    lines = wrapped("  |  ".join(facts).replace("  ", " "), PAGE_WIDTH)
    if package.is_labelled:
        lines += wrapped(f"Tracking: {package.carrier} {package.service} {package.tracking_number}", PAGE_WIDTH)
    return lines


def _charged(line: ReceiptLine, amount: Money, columns: Sequence[Column], money: FormatMoney) -> list[str]:
    discount = line.discount or Money.zero(amount.currency)
    rows = row((str(line.units), line.title or line.sku, line.tax_code, money(amount + discount)), columns)
    rows += row(("", f"{line.sku}, {_price(line.unit_price, money)} each", "", ""), columns)
    if not discount.is_zero:
        rows += row(("", "Discount", "", money(-discount)), columns)
    return rows


def _paid(total: Money, payments: Sequence[ReceiptPayment], sums: Sequence[Column], money: FormatMoney) -> list[str]:
    if not payments:
        return []
    rows = [line for payment in payments for line in row((payment.title, money(payment.amount)), sums)]
    left = total - Money.total((payment.amount for payment in payments), total.currency)
    if left.is_zero:
        return [*rows, *row(("Still to pay", money(left)), sums)]
    return [*rows, *row(("Still to pay" if left.minor > 0 else "In your favour", money(abs(left))), sums)]


def _tax_table(charged: Iterable[ReceiptLine | ReceiptExtra], money: FormatMoney) -> list[str]:
    """Net, tax and gross per tax code and rate, and their sums."""
    by_rate: dict[tuple[str, Decimal], tuple[Money, Money]] = {}
    for each in charged:
        key = (each.tax_code, each.tax_rate)
        net, tax = by_rate.get(key, (Money.zero(each.net.currency), Money.zero(each.net.currency)))
        by_rate[key] = (net + each.net, tax + each.tax)
    cells = [
        (f"{code} {_percent(rate)}", money(net), money(tax), money(net + tax))
        for (code, rate), (net, tax) in sorted(by_rate.items())
    ]
    currency = next(iter(by_rate.values()))[0].currency
    net = Money.total((net for net, _ in by_rate.values()), currency)
    tax = Money.total((tax for _, tax in by_rate.values()), currency)
    last = ("Together", money(net), money(tax), money(net + tax))
    width = max(14, *(width_of(cell) for each in (*cells, last) for cell in each[1:]))
    columns = (
        Column("Code and rate", rest_of_page(width, width, width)),
        Column("Net", width, right=True),
        Column("VAT", width, right=True),
        Column("Gross", width, right=True),
    )
    return [*heading(columns), *(line for each in cells for line in row(each, columns)), _THIN, *row(last, columns)]


def _by_title(extras: Iterable[ReceiptExtra], prices_include_tax: bool) -> dict[str, Money]:
    amounts: dict[str, Money] = {}
    for extra in extras:
        amount = _shown(extra, prices_include_tax)
        amounts[extra.title] = amounts[extra.title] + amount if extra.title in amounts else amount
    return amounts


def _shown(charged: ReceiptLine | ReceiptExtra, prices_include_tax: bool) -> Money:
    return charged.net + charged.tax if prices_include_tax else charged.net


def _checked(format_money: FormatMoney) -> FormatMoney:
    """The same writing, refused where it would break the columns."""

    def money(amount: Money) -> str:
        text = printable(format_money(amount))
        if not 1 <= width_of(text) <= _AMOUNT_WIDTH:
            raise InputError(
                f"format_money wrote {amount} in {width_of(text)} columns; a receipt has room for 1 to {_AMOUNT_WIDTH}",
                code="document.amount",
            )
        return text

    return money


def _price(price: UnitPrice, money: FormatMoney) -> str:
    """Prices finer than the currency's minor unit are shown as they are."""
    try:
        return money(Money.of(price.amount, price.currency))
    except InputError:
        return f"{price.amount:f} {price.currency}"


def _percent(rate: Decimal) -> str:
    return f"{(rate * 100).normalize():f} %"


def _kilograms(mass_g: int) -> str:
    return f"{mass_g // 1000}.{mass_g % 1000:03} kg"


def _finished(page: Sequence[str], note: str) -> str:
    closing = ["", *wrapped(note, PAGE_WIDTH)] if printable(note) else []
    return "\n".join([*page, *closing]) + "\n"
