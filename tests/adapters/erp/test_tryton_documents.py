"""Invoices and sales in a real Tryton under the kits that are shipped for other books, behind a hostile front."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import count
from typing import Any, ClassVar

import pytest

from omscore.money import Money
from omscore.testing.conformance.documents import Entered, EnteredLine
from omscore.testing.conformance.invoices import InvoiceConformance
from omscore.testing.conformance.sales import SaleConformance
from omscore.testing.faults import Fault
from omscore.testing.hostile import Call, HostileFront
from omscore_adapters import erp_tryton
from omscore_adapters.erp_tryton import TrytonBooks, TrytonDocument
from tests.kit.tryton import CENTS, PASSWORD, Tryton

_LAWS = count(1)
_ACTS = tuple(
    f'"model.{model}.{act}"'.encode()
    for model, acts in {
        "account.move": ("create", "post"),
        "account.invoice": ("create", "post"),
        "sale.sale": ("create", "quote", "confirm", "cancel"),
    }.items()
    for act in acts
)
CUSTOMER = "kit_anna"


def acts(call: Call) -> bool:
    """Whether a call changes the books: all are POSTs."""
    return any(mark in call.body for mark in _ACTS)


class DocumentsOfTryton:
    """The documents of one model as another program reads them: those that are posted or confirmed, with their lines.

    Shape: no party of the settings stands in for a customer nobody knows.
    """

    faults = frozenset({Fault.DOWN, Fault.LOST_ANSWER, Fault.GARBAGE, Fault.TWICE, Fault.LATE})
    secrets = (PASSWORD,)
    currencies = ("EUR",)
    skus = ("TEA", "CUP", "POT")
    person_id = CUSTOMER
    unknown_sku = "NO-SUCH"
    unknown_person = "kit_nobody"
    model = ""
    line_model = ""
    of_line = ""
    standing: tuple[str, ...] = ()

    def __init__(self, tryton: Tryton, front: HostileFront) -> None:
        self._tryton = tryton
        self._front = front
        self.port = TrytonBooks(
            tryton.settings(url=front.url, party="", documents=tuple(TrytonDocument), sale_tax=CENTS)
        )

    def break_next(self, fault: Fault) -> None:
        self._front.break_next(fault)

    def entered(self, our_id: str) -> Sequence[Entered]:
        found = self._read(
            self.model,
            [["reference", "=", our_id], ["state", "in", [*self.standing]]],
            ["number", "untaxed_amount", "total_amount"],
        )
        return [self._entered(row) for row in found]

    def is_booked(self, entry_id: str) -> bool:
        return bool(self._tryton.moves(entry_id))

    def _entered(self, row: dict[str, Any]) -> Entered:
        lines = self._read(
            self.line_model,
            [[self.of_line, "=", row["id"]], ["product", "!=", None]],
            ["product.code", "description", "amount"],
        )
        return Entered(
            lines=tuple(
                [
                    EnteredLine(sku=line["product."]["code"], says=line["description"], net=_euros(line["amount"]))
                    for line in lines
                ]
            ),
            net=_euros(row["untaxed_amount"]),
            gross=_euros(row["total_amount"]),
            number=row["number"] or "",
        )

    def _read(self, model: str, domain: list[Any], fields: list[str]) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self._tryton.ask(
            f"{model}.search_read", domain, 0, None, None, ["id", *fields], company=1
        )
        return rows


class InvoicesOfTryton(DocumentsOfTryton):
    """The customer invoices."""

    model = "account.invoice"
    line_model = "account.invoice.line"
    of_line = "invoice"
    standing = ("posted", "paid")


class SalesOfTryton(DocumentsOfTryton):
    """The sales."""

    model = "sale.sale"
    line_model = "sale.line"
    of_line = "sale"
    standing = ("confirmed", "processing", "done")


def _euros(amount: dict[str, str]) -> Money:
    return Money(int(Decimal(amount["decimal"]) * 100), "EUR")


@pytest.fixture(scope="module")
def front(tryton: Tryton) -> Iterator[HostileFront]:
    """The way to a Tryton that knows the customer of the kits."""
    tryton.ask("party.party.create", [{"name": "Anna", "code": CUSTOMER, "addresses": [["create", [{}]]]}])
    with HostileFront(tryton.port, acts=acts) as between:
        yield between


class TestInvoicesInTryton(InvoiceConformance):
    """All laws but that of calls done in part: Tryton does a call wholly or rolls it back."""

    provider = erp_tryton.PROVIDER
    cannot_happen: ClassVar = {Fault.PARTIAL: "Tryton does a call wholly or not at all"}

    @pytest.fixture
    def harness(self, tryton: Tryton, front: HostileFront) -> InvoicesOfTryton:
        self.law = next(_LAWS)
        return InvoicesOfTryton(tryton, front)

    def key(self, name: str) -> str:
        """The books forget nothing, so each law has ids of its own."""
        return f"kit{self.law}.{name}"


class TestSalesInTryton(SaleConformance):
    """All laws but that of calls done in part."""

    provider = erp_tryton.PROVIDER
    cannot_happen: ClassVar = {Fault.PARTIAL: "Tryton does a call wholly or not at all"}

    @pytest.fixture
    def harness(self, tryton: Tryton, front: HostileFront) -> SalesOfTryton:
        self.law = next(_LAWS)
        return SalesOfTryton(tryton, front)

    def key(self, name: str) -> str:
        """The books forget nothing, so each law has ids of its own."""
        return f"kit{self.law}.{name}"
