"""Invoices and credit notes as customer invoices of Tryton, with the same amounts to the cent.

The record bears our number as its reference, by which it is found again; its own number is counted by Tryton. The tax
is given as it is on our document, so Tryton works none out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from omscore.border import JsonValue
from omscore.errors import PortRefusedError, SetupError
from omscore.money import Money
from omscore.ports.erp import Account, Invoice, InvoiceKind, InvoiceLine
from omscore_adapters.erp_tryton.chart import coded, number_of, read
from omscore_adapters.erp_tryton.client import TrytonAsksError, TrytonServer
from omscore_adapters.erp_tryton.mapping import Chart, day_value, decimal
from omscore_adapters.erp_tryton.settings import TrytonSettings

_PRICE_DECIMALS = Decimal("0.0001")
"""How fine a unit price may be in Tryton as it is installed."""
_DEFAULT_TAXES = ".invoice_taxes"
"""How the name of Tryton's question ends whether lines shall really have other taxes than their products."""


class _Product(NamedTuple):
    number: int
    unit: int


class Bills:
    """The customer invoices of these documents."""

    model = "account.invoice"
    bears = "reference"
    done = frozenset({"posted", "paid"})

    def __init__(
        self, server: TrytonServer, chart: Chart, settings: TrytonSettings, invoices: Mapping[str, Invoice]
    ) -> None:
        self._server = server
        self._chart = chart
        self._settings = settings
        self._invoices = invoices
        self._journal = coded(server, "account.journal", settings.invoice_journal, "invoice_journal", chart.context)
        self._parties = self._found_parties({each.person_id for each in invoices.values()})
        self._products = self._found_products({line.sku for each in invoices.values() for line in each.lines})

    def values(self, our_id: str) -> JsonValue:
        """Raises: PortRefusedError naming the line, the party or the currency that Tryton has nothing for."""
        invoice = self._invoices[our_id]
        if invoice.currency != self._chart.currency:
            raise PortRefusedError(
                f"it is in {invoice.currency}, and the company's books in Tryton are in {self._chart.currency}; enter"
                " it by hand at the rate your accountant says"
            )
        party = self._parties.get(invoice.person_id) or self._parties.get(self._settings.party)
        if party is None:
            raise PortRefusedError(
                f"Tryton has no party with an address and the code {invoice.person_id!r} or that of erp.tryton.party;"
                " add one, then try again with `omscore tasks retry`"
            )
        number, address = party
        sign = 1 if invoice.kind is InvoiceKind.INVOICE else -1
        lines = [self._line(place, line, sign) for place, line in enumerate(invoice.lines, 1)]
        for charge in invoice.charges:
            account = Account.SHIPPING if charge.what == "Shipping" else Account.CHARGES
            lines.append(_priced(charge.what, sign, charge.net, self._account(account)))
        taxes = [
            self._tax(f"{tax.category.value} {_percent(tax.rate)} %", tax.net * sign, tax.tax * sign)
            for tax in invoice.taxes
            if not tax.tax.is_zero
        ]
        if not invoice.rounding.is_zero:
            taxes.append(self._tax("Rounding", Money.zero(invoice.currency), invoice.rounding * sign))
        return {
            "company": self._chart.company,
            "type": "out",
            "party": number,
            "invoice_address": address,
            "account": self._account(Account.RECEIVABLE),
            "journal": self._journal,
            "currency": self._chart.currency_number,
            "invoice_date": day_value(invoice.issued_on),
            "reference": our_id,
            "description": " ".join(filter(None, (invoice.order_id, *invoice.corrects))),
            "lines": [["create", lines]],
            "taxes": [["create", taxes]] if taxes else [],
        }

    def post(self, drafts: Mapping[str, int]) -> None:
        context = self._chart.context
        for _ in range(len(drafts) + 1):
            try:
                self._server.call("account.invoice.post", [*drafts.values()], context=context)
                return
            except TrytonAsksError as asks:
                if not asks.name.endswith(_DEFAULT_TAXES):
                    raise
                # That the tax is on the document and not worked out by its products is what was meant.
                self._server.call("res.user.warning.skip", asks.name, context=context)

    def _line(self, place: int, line: InvoiceLine, sign: int) -> JsonValue:
        product = self._products.get(line.sku)
        if product is None:
            raise PortRefusedError(
                f"line {place}: Tryton has no product, or several, with the code {line.sku!r}; see to it that there is"
                " one, then try again with `omscore tasks retry`"
            )
        price = (line.net.amount / line.units).quantize(_PRICE_DECIMALS, ROUND_HALF_UP)
        cent = Decimal(1).scaleb(int(line.net.amount.as_tuple().exponent))
        is_exact = abs(price * line.units - line.net.amount) < cent * Decimal("0.4")
        values: dict[str, JsonValue] = (
            {"unit_price": _number(price), "quantity": sign * line.units, "description": line.title}
            if is_exact
            else {"unit_price": decimal(line.net), "quantity": sign, "description": f"{line.units} x {line.title}"}
        )
        account = self._account(Account.SALES)
        return {"type": "line", "product": product.number, "unit": product.unit, "account": account, **values}

    def _tax(self, says: str, base: Money, amount: Money) -> JsonValue:
        return {
            "description": says,
            "account": self._account(Account.TAX),
            "base": decimal(base),
            "amount": decimal(amount),
            "manual": True,
        }

    def _account(self, account: Account) -> int:
        return self._chart.accounts[account].number

    def _found_parties(self, codes: Iterable[str]) -> dict[str, tuple[int, int]]:
        """Number and first address of each party with one of these codes."""
        wanted: list[JsonValue] = [*sorted({*codes, self._settings.party} - {""})]
        rows = read(self._server, "party.party", [["code", "in", wanted]], ["code", "addresses"], self._chart.context)
        found = {}
        for row in rows:
            match row.get("addresses"):
                case [int(first), *_]:
                    found[str(row.get("code"))] = (number_of(row), first)
                case _:
                    continue
        return found

    def _found_products(self, skus: Iterable[str]) -> dict[str, _Product]:
        """The products that are alone in having one of these codes."""
        wanted: list[JsonValue] = [*sorted(skus)]
        try:
            rows = read(
                self._server, "product.product", [["code", "in", wanted]], ["code", "default_uom"], self._chart.context
            )
        except PortRefusedError as error:
            raise SetupError(
                f"erp.tryton.documents: {error}; invoices need Tryton's module account_invoice",
                path="erp.tryton.documents",
            ) from error
        found: dict[str, list[_Product]] = {}
        for row in rows:
            unit = row.get("default_uom")
            if isinstance(unit, int):
                found.setdefault(str(row.get("code")), []).append(_Product(number_of(row), unit))
        return {sku: products[0] for sku, products in found.items() if len(products) == 1}


def _priced(what: str, sign: int, net: Money, account: int) -> JsonValue:
    return {"type": "line", "description": what, "quantity": sign, "unit_price": decimal(net), "account": account}


def _number(value: Decimal) -> dict[str, JsonValue]:
    return {"__class__": "Decimal", "decimal": f"{value:f}"}


def _percent(rate: Decimal) -> str:
    return f"{(rate * 100).normalize():f}"
