"""Orders as confirmed sales of Tryton with the same amounts to the cent, of which Tryton makes nothing by itself.

A sale that Tryton has begun to process can be neither changed nor cancelled there, and as it is installed it begins at
once. So units that are cancelled become a sale of their own with quantities below zero, as Tryton's own returns are;
only a sale that is cancelled whole, and that Tryton still lets go, is cancelled itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC
from decimal import Decimal

from omscore.border import JsonValue
from omscore.errors import PortRefusedError, PortTransientError, SetupError
from omscore.money import Money
from omscore.ports.erp import Sale
from omscore_adapters.erp_tryton.chart import coded, number_of, read
from omscore_adapters.erp_tryton.client import TrytonServer
from omscore_adapters.erp_tryton.goods import Goods, percent, priced
from omscore_adapters.erp_tryton.mapping import Chart, day_value
from omscore_adapters.erp_tryton.posting import Found
from omscore_adapters.erp_tryton.settings import TrytonSettings

_MODEL = "sale.sale"


class Sales:
    """The sales of these orders, or with `origin` what is taken back of the sale of that number."""

    model = _MODEL
    bears = "reference"
    begun = frozenset({"quotation"})
    done = frozenset({"confirmed", "processing", "done", "cancelled"})

    def __init__(
        self,
        server: TrytonServer,
        chart: Chart,
        settings: TrytonSettings,
        sales: Mapping[str, Sale],
        *,
        origin: int | None = None,
    ) -> None:
        self._server = server
        self._chart = chart
        self._sales = sales
        self._origin = origin
        self._goods = Goods(
            server,
            chart,
            settings,
            people={each.person_id for each in sales.values() if each.person_id is not None},
            skus={line.sku for each in sales.values() for line in each.lines},
            module="sale",
            salable=origin is None,
        )
        self._tax = _minor_tax(server, chart, settings)
        self._more: dict[str, JsonValue] = {} if origin is None else {"origin": f"{_MODEL},{origin}"}
        if settings.warehouse:
            self._more["warehouse"] = coded(server, "stock.location", settings.warehouse, "warehouse", chart.context)

    def values(self, our_id: str) -> JsonValue:
        """Raises: PortRefusedError naming the line, the party or the currency that Tryton has nothing for."""
        sale = self._sales[our_id]
        sign = 1 if self._origin is None else -1
        lines: list[JsonValue] = [
            self._goods.line(place, line.sku, line.title, line.units, line.net, sign)
            for place, line in enumerate(sale.lines, 1)
        ]
        for what, net in (("Shipping", sale.shipping), ("Charges", sale.charges)):
            if not net.is_zero:
                lines.append(priced(what, sign, net))
        for tax in sale.taxes:
            if not tax.tax.is_zero:
                line = priced(f"{tax.code} {percent(tax.rate)} %", sign * tax.tax.minor, Money.zero(sale.currency))
                lines.append(line | {"taxes": [["add", [self._tax]]]})
        return self._head(sale) | {"lines": [["create", lines]]}

    def post(self, drafts: Mapping[str, Found]) -> None:
        _step(self._server, self._chart, "quote", [each for each in drafts.values() if not each.is_begun])
        _step(self._server, self._chart, "confirm", drafts.values())

    def _head(self, sale: Sale) -> dict[str, JsonValue]:
        chart = self._chart
        if sale.currency != chart.currency:
            raise PortRefusedError(
                f"it is in {sale.currency}, and the company's books in Tryton are in {chart.currency}; enter it by hand"
            )
        party = self._goods.party(sale.person_id)
        day = day_value(sale.at.astimezone(UTC).date())
        return {
            "company": chart.company,
            "party": party.number,
            "invoice_address": party.address,
            "shipment_address": party.address,
            "currency": chart.currency_number,
            "quotation_date": day,
            "sale_date": day,
            "invoice_method": "manual",
            "shipment_method": "manual",
            "reference": sale.sale_id,
            "description": sale.reference if sale.sale_id == sale.order_id else f"Cancelled of {sale.order_id}",
            **self._more,
        }


class Cancelled(Sales):
    """The sales of these orders cancelled, as far as Tryton lets them go.

    Shape: one that is not there is made, so that who comes late with it finds it cancelled; without its lines when
    Tryton does not know them.
    """

    begun = frozenset({"quotation", "confirmed"})
    done = frozenset({"processing", "done", "cancelled"})

    def values(self, our_id: str) -> JsonValue:
        try:
            return super().values(our_id)
        except PortRefusedError:
            return self._head(self._sales[our_id])

    def post(self, drafts: Mapping[str, Found]) -> None:
        _step(self._server, self._chart, "draft", [each for each in drafts.values() if each.is_begun])
        _step(self._server, self._chart, "cancel", drafts.values())


def standing(server: TrytonServer, chart: Chart, our_id: str) -> int | None:
    """The number of the sale of that id; None when it is cancelled.

    Raises: PortTransientError when there is none at all any more.
    """
    domain: list[JsonValue] = [["company", "=", chart.company], ["reference", "=", our_id]]
    rows = [row for row in read(server, _MODEL, domain, ["state"], chart.context) if row.get("state") in Sales.done]
    if not rows:
        raise PortTransientError(f"the sale of {our_id} was there and is gone; try again")
    alive = [number_of(row) for row in rows if row.get("state") != "cancelled"]
    return alive[0] if alive else None


def _step(server: TrytonServer, chart: Chart, button: str, drafts: Iterable[Found]) -> None:
    """Presses a button of Tryton for these, which it refuses for a sale that is not in the state before it."""
    numbers: list[JsonValue] = [each.number for each in drafts]
    if numbers:
        server.call(f"{_MODEL}.{button}", numbers, context=chart.context)


def _minor_tax(server: TrytonServer, chart: Chart, settings: TrytonSettings) -> int:
    """The tax that is one cent, or whatever is smallest in the company's currency, for each unit of a line."""
    domain: list[JsonValue] = [
        ["company", "=", chart.company],
        ["name", "=", settings.sale_tax],
        ["type", "=", "fixed"],
    ]
    smallest = Money(1, chart.currency)
    found = []
    for row in read(server, "account.tax", domain, ["amount"], chart.context):
        match row.get("amount"):
            case {"decimal": str(amount)} if Decimal(amount) == smallest.amount:
                found.append(number_of(row))
            case _:
                continue
    if len(found) != 1:
        raise SetupError(
            f"erp.tryton.sale_tax: Tryton has {len(found) or 'no'} tax called {settings.sale_tax!r} of the type Fixed"
            f" and the amount {smallest}; add one, it is how a sale is told its tax to the cent",
            path="erp.tryton.sale_tax",
        )
    return found[0]
