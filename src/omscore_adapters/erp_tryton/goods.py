"""Who buys and what: the parties and products of Tryton behind our ids and SKUs, and lines with exactly our amounts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from omscore.border import JsonValue
from omscore.errors import PortRefusedError, SetupError
from omscore.money import Money
from omscore_adapters.erp_tryton.chart import number_of, read
from omscore_adapters.erp_tryton.client import TrytonFailedError, TrytonRefusedError, TrytonServer
from omscore_adapters.erp_tryton.mapping import Chart, decimal
from omscore_adapters.erp_tryton.settings import TrytonSettings

_PRICE_DECIMALS = Decimal("0.0001")
"""How fine a unit price may be in Tryton as it is installed."""


class Party(NamedTuple):
    """The numbers of a party and of its first address."""

    number: int
    address: int


class Product(NamedTuple):
    """The numbers of a product and of the unit it is counted in."""

    number: int
    unit: int


class Goods:
    """The parties and products of a few documents, looked up at once.

    Shape: with `salable` only products that are marked so are found.
    Raises: SetupError naming the module of Tryton that is not activated.
    """

    def __init__(
        self,
        server: TrytonServer,
        chart: Chart,
        settings: TrytonSettings,
        *,
        people: Iterable[str],
        skus: Iterable[str],
        module: str,
        salable: bool = False,
    ) -> None:
        self._server = server
        self._chart = chart
        self._default = settings.party
        self._parties = self._found_parties(people)
        self._products = self._found_products(skus, module, salable)
        self._sort = "product for sale" if salable else "product"

    def party(self, person_id: str | None) -> Party:
        """The party of that code, or that of the settings. Raises: PortRefusedError when Tryton has neither."""
        party = self._parties.get(person_id or "") or self._parties.get(self._default)
        if party is None:
            raise PortRefusedError(
                f"Tryton has no party with an address and the code {person_id!r} or that of erp.tryton.party;"
                " add one, then try again with `omscore tasks retry`"
            )
        return party

    def line(self, place: int, sku: str, title: str, units: int, net: Money, sign: int) -> dict[str, JsonValue]:
        """The line of a document with exactly that net amount.

        Shape: a price that four decimals cannot hold is that of all units, which then stand in the text.
        Raises: PortRefusedError naming the line when Tryton has no such product.
        """
        product = self._products.get(sku)
        if product is None:
            raise PortRefusedError(
                f"line {place}: Tryton has no {self._sort}, or several, with the code {sku!r}; see to it that there is"
                " one, then try again with `omscore tasks retry`"
            )
        price = (net.amount / units).quantize(_PRICE_DECIMALS, ROUND_HALF_UP)
        cent = Decimal(1).scaleb(int(net.amount.as_tuple().exponent))
        is_exact = abs(price * units - net.amount) < cent * Decimal("0.4")
        values: dict[str, JsonValue] = (
            {"unit_price": _number(price), "quantity": sign * units, "description": title}
            if is_exact
            else {"unit_price": decimal(net), "quantity": sign, "description": f"{units} x {title}"}
        )
        return {"type": "line", "product": product.number, "unit": product.unit, **values}

    def _found_parties(self, codes: Iterable[str]) -> Mapping[str, Party]:
        wanted: list[JsonValue] = [*sorted({*codes, self._default} - {""})]
        rows = read(self._server, "party.party", [["code", "in", wanted]], ["code", "addresses"], self._chart.context)
        found = {}
        for row in rows:
            match row.get("addresses"):
                case [int(first), *_]:
                    found[str(row.get("code"))] = Party(number_of(row), first)
                case _:
                    continue
        return found

    def _found_products(self, skus: Iterable[str], module: str, salable: bool) -> Mapping[str, Product]:
        """The products that are alone in having one of these codes."""
        domain: list[JsonValue] = [["code", "in", [*sorted(skus)]]]
        if salable:
            domain.append(["salable", "=", True])
        try:
            rows = read(self._server, "product.product", domain, ["code", "default_uom"], self._chart.context)
        except (TrytonRefusedError, TrytonFailedError) as error:
            named: list[JsonValue] = ["name", "=", module]
            if read(self._server, "ir.module", [named, ["state", "=", "activated"]], [], self._chart.context):
                raise
            raise SetupError(
                f"erp.tryton.documents: Tryton's module {module} is not activated; activate it, or leave out of"
                " documents what needs it",
                path="erp.tryton.documents",
            ) from error
        found: dict[str, list[Product]] = {}
        for row in rows:
            unit = row.get("default_uom")
            if isinstance(unit, int):
                found.setdefault(str(row.get("code")), []).append(Product(number_of(row), unit))
        return {sku: products[0] for sku, products in found.items() if len(products) == 1}


def priced(what: str, sign: int, net: Money) -> dict[str, JsonValue]:
    """A line without a product: what is charged besides the goods."""
    return {"type": "line", "description": what, "quantity": sign, "unit_price": decimal(net)}


def percent(rate: Decimal) -> str:
    """A rate as people read it.

    >>> percent(Decimal("0.055"))
    '5.5'
    """
    return f"{(rate * 100).normalize():f}"


def _number(value: Decimal) -> dict[str, JsonValue]:
    return {"__class__": "Decimal", "decimal": f"{value:f}"}
