"""The receipt: what is charged, the tax in it per code, and what has been paid.

Nothing here computes a price: it adds up what it is given. How amounts look is the caller's choice (`format_money`), so
that the library needs no locale data; the columns grow with the longest amount.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal

from omscore.errors import InputError
from omscore.fulfillment.layout import PAGE_WIDTH, Column, aligned, heading, printable, rest_of_page, row, width_of
from omscore.fulfillment.letterhead import DocumentHead, finished, opening
from omscore.money import Money, UnitPrice
from omscore.records import frozen

FormatMoney = Callable[[Money], str]
"""How an amount is written, currency included; at most 22 columns."""

_AMOUNT_WIDTH = 22
_LEAST_WIDTH = 14


@frozen(kw_only=True)
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


@frozen(kw_only=True)
class ReceiptExtra:
    """Shipping or another charge; one record per tax code, those with the same title are shown as one."""

    title: str
    net: Money
    tax: Money
    tax_code: str
    tax_rate: Decimal


@frozen(kw_only=True)
class ReceiptPayment:
    """Money that was received, or given back when the amount is negative."""

    title: str
    amount: Money


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
    money = _checked(format_money)
    charges = [cells for line in lines for cells in _charged(line, money, prices_include_tax)]
    owed = [(title, money(amount)) for title, amount in _owed(lines, extras, prices_include_tax)]
    charged: tuple[ReceiptLine | ReceiptExtra, ...] = (*lines, *extras)
    total = Money.total((each.net + each.tax for each in charged), lines[0].net.currency)
    paid = [(title, money(amount)) for title, amount in _paid(total, payments)]
    width = _widest(money(total), *(cells[-1] for cells in (*charges, *owed, *paid)))
    units_width = max(6, *(len(str(line.units)) for line in lines))
    columns = (
        Column("Units", units_width, right=True),
        Column("Article", rest_of_page(units_width, 8, width), lines=3),
        Column("VAT", 8),
        Column("Amount", width, right=True),
    )
    sums = (Column("", rest_of_page(width), right=True), Column("", width, right=True))
    page = [*opening("RECEIPT", "Billed to", head, []), "", *heading(columns)]
    page += [text for cells in charges for text in row(cells, columns)]
    page.append("-" * PAGE_WIDTH)
    page += [text for cells in owed for text in row(cells, sums)]
    page.append(aligned("=" * width, PAGE_WIDTH, right=True))
    page += [text for cells in (("TOTAL", money(total)), *paid) for text in row(cells, sums)]
    page += ["", "VAT INCLUDED IN THE TOTAL" if prices_include_tax else "VAT ADDED TO THE PRICES"]
    page += _tax_table(charged, money)
    return finished(page, note)


def _charged(line: ReceiptLine, money: FormatMoney, prices_include_tax: bool) -> Iterator[tuple[str, str, str, str]]:
    """The rows of one line: the article before its discount, its number and price, the discount."""
    amount = _shown(line, prices_include_tax)
    discount = line.discount or Money.zero(amount.currency)
    yield str(line.units), line.title or line.sku, line.tax_code, money(amount + discount)
    yield "", f"{line.sku}, {_price(line.unit_price, money)} each", "", ""
    if not discount.is_zero:
        yield "", "Discount", "", money(-discount)


def _owed(
    lines: Iterable[ReceiptLine], extras: Iterable[ReceiptExtra], prices_include_tax: bool
) -> list[tuple[str, Money]]:
    """What the total is made of: the goods, every sort of extra, and the tax where prices are net."""
    charged: list[tuple[str, ReceiptLine | ReceiptExtra]] = [("Goods", line) for line in lines]
    charged += [(extra.title, extra) for extra in extras]
    sums: dict[str, Money] = {}
    for title, each in charged:
        amount = _shown(each, prices_include_tax)
        sums[title] = sums[title] + amount if title in sums else amount
    owed = list(sums.items())
    if not prices_include_tax:
        taxes = [each.tax for _, each in charged]
        owed.append(("VAT", Money.total(taxes, taxes[0].currency)))
    return owed


def _paid(total: Money, payments: Sequence[ReceiptPayment]) -> list[tuple[str, Money]]:
    if not payments:
        return []
    left = total - Money.total((payment.amount for payment in payments), total.currency)
    rest = ("In your favour", -left) if left.minor < 0 else ("Still to pay", left)
    return [*((payment.title, payment.amount) for payment in payments), rest]


def _tax_table(charged: Iterable[ReceiptLine | ReceiptExtra], money: FormatMoney) -> list[str]:
    """Net, tax and gross per tax code and rate, and their sums."""
    by_rate: dict[tuple[str, Decimal], list[tuple[Money, Money]]] = {}
    for each in charged:
        by_rate.setdefault((each.tax_code, each.tax_rate), []).append((each.net, each.tax))
    groups = [(f"{code} {_percent(rate)}", amounts) for (code, rate), amounts in sorted(by_rate.items())]
    groups.append(("Together", [pair for _, pairs in groups for pair in pairs]))
    cells = []
    for title, pairs in groups:
        net = Money.total((pair[0] for pair in pairs), pairs[0][0].currency)
        tax = Money.total((pair[1] for pair in pairs), net.currency)
        cells.append((title, money(net), money(tax), money(net + tax)))
    width = _widest(*(cell for each in cells for cell in each[1:]))
    columns = (
        Column("Code and rate", rest_of_page(width, width, width)),
        Column("Net", width, right=True),
        Column("VAT", width, right=True),
        Column("Gross", width, right=True),
    )
    lines = [line for each in cells[:-1] for line in row(each, columns)]
    return [*heading(columns), *lines, "-" * PAGE_WIDTH, *row(cells[-1], columns)]


def _widest(*amounts: str) -> int:
    return max(_LEAST_WIDTH, *map(width_of, amounts))


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
