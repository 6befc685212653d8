"""Invoices and credit notes as customer invoices of Tryton, with the same amounts to the cent.

The record bears our number as its reference, by which it is found again; its own number is counted by Tryton. The tax
is given as it is on our document, so Tryton works none out.
"""

from __future__ import annotations

from collections.abc import Mapping

from omscore.border import JsonValue
from omscore.errors import PortRefusedError
from omscore.money import Money
from omscore.ports.erp import Account, Invoice, InvoiceKind
from omscore_adapters.erp_tryton.chart import coded
from omscore_adapters.erp_tryton.client import TrytonAsksError, TrytonServer
from omscore_adapters.erp_tryton.goods import Goods, percent, priced
from omscore_adapters.erp_tryton.mapping import Chart, day_value, decimal
from omscore_adapters.erp_tryton.posting import Found
from omscore_adapters.erp_tryton.settings import TrytonSettings

_DEFAULT_TAXES = ".invoice_taxes"
"""How the name of Tryton's question ends whether lines shall really have other taxes than their products."""


class Bills:
    """The customer invoices of these documents."""

    model = "account.invoice"
    bears = "reference"
    begun: frozenset[str] = frozenset()
    done = frozenset({"posted", "paid"})

    def __init__(
        self, server: TrytonServer, chart: Chart, settings: TrytonSettings, invoices: Mapping[str, Invoice]
    ) -> None:
        self._server = server
        self._chart = chart
        self._invoices = invoices
        self._journal = coded(server, "account.journal", settings.invoice_journal, "invoice_journal", chart.context)
        self._goods = Goods(
            server,
            chart,
            settings,
            people={each.person_id for each in invoices.values()},
            skus={line.sku for each in invoices.values() for line in each.lines},
            module="account_invoice",
        )

    def values(self, our_id: str) -> JsonValue:
        """Raises: PortRefusedError naming the line, the party or the currency that Tryton has nothing for."""
        invoice = self._invoices[our_id]
        if invoice.currency != self._chart.currency:
            raise PortRefusedError(
                f"it is in {invoice.currency}, and the company's books in Tryton are in {self._chart.currency}; enter"
                " it by hand at the rate your accountant says"
            )
        number, address = self._goods.party(invoice.person_id)
        sign = 1 if invoice.kind is InvoiceKind.INVOICE else -1
        lines: list[JsonValue] = [
            self._goods.line(place, line.sku, line.title, line.units, line.net, sign)
            | {"account": self._account(Account.SALES)}
            for place, line in enumerate(invoice.lines, 1)
        ]
        for charge in invoice.charges:
            account = Account.SHIPPING if charge.what == "Shipping" else Account.CHARGES
            lines.append(priced(charge.what, sign, charge.net) | {"account": self._account(account)})
        taxes = [
            self._tax(f"{tax.category.value} {percent(tax.rate)} %", tax.net * sign, tax.tax * sign)
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

    def post(self, drafts: Mapping[str, Found]) -> None:
        context = self._chart.context
        for _ in range(len(drafts) + 1):
            try:
                self._server.call("account.invoice.post", [each.number for each in drafts.values()], context=context)
                return
            except TrytonAsksError as asks:
                if not asks.name.endswith(_DEFAULT_TAXES):
                    raise
                # That the tax is on the document and not worked out by its products is what was meant.
                self._server.call("res.user.warning.skip", asks.name, context=context)

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
