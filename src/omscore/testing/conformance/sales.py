"""The laws of books that enter sales (`ports.erp.SalesBooks`), for adapters with `Capability.SALES_ENTERED`.

An author subclasses `SaleConformance` beside `ErpConformance`, names the provider, and gives the fixture `harness`: the
adapter, opened so that it takes sales, and the books behind it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from omscore.errors import PortRefusedError
from omscore.money import Money
from omscore.plugins import Capability
from omscore.ports.erp import ErpPort, Sale, SalesBooks
from omscore.records import changed
from omscore.testing.conformance.documents import (
    DocumentHarness,
    DocumentLaws,
    Entered,
    EnteredLine,
    until_done,
)
from omscore.testing.conformance.papers import Ware, sale_of
from omscore.testing.conformance.ports import Promise, needs, not_denied, skipped
from omscore.testing.faults import Fault

__all__ = ["DocumentHarness", "Entered", "EnteredLine", "SaleConformance"]


class SaleConformance(DocumentLaws[Sale]):
    """Every law that holds for all books that enter sales."""

    about = frozenset({Capability.SALES_ENTERED})

    def made(
        self,
        harness: DocumentHarness,
        name: str,
        goods: Sequence[Ware] = (),
        *,
        person_id: str = "",
        currency: str = "",
    ) -> Sale:
        return sale_of(
            self.key(name),
            tuple(goods) or (Ware(harness.skus[0]), Ware(harness.skus[1], 3, 1_000, "0.07", 399)),
            currency=currency or harness.currencies[0],
            person_id=person_id or harness.person_id,
        )

    def enter(self, port: ErpPort, documents: Sequence[Sale]) -> Mapping[str, str] | None:
        return _sales(port).post_sales(documents)

    def stated(self, document: Sale) -> Entered:
        lines = [EnteredLine(sku=line.sku, says=line.title, net=line.net) for line in document.lines]
        return Entered(lines=tuple(lines), net=document.net, gross=document.gross)

    def test_what_is_taken_back_leaves_the_rest_of_the_sale(self, harness: DocumentHarness) -> None:
        sale, cut = self._cut(harness)
        self.enter(harness.port, [sale])
        _sales(harness.port).take_back(sale, cut)
        self._comes_to(harness, sale, cut)

    def test_a_sale_that_is_taken_back_whole_comes_to_nothing_whoever_comes_late_with_it(
        self, harness: DocumentHarness
    ) -> None:
        sale, _ = self._cut(harness)
        port, whole = _sales(harness.port), changed(sale, sale_id=self.key("d1.cancelled"))
        if self.keeps_keys:
            self.enter(harness.port, [sale])
        port.take_back(sale, whole)
        if self.keeps_keys:
            self.enter(harness.port, [sale])
        self._comes_to(harness, sale, whole)

    def test_what_is_taken_back_before_its_sale_was_told_brings_the_sale_along(self, harness: DocumentHarness) -> None:
        sale, cut = self._cut(harness)
        _sales(harness.port).take_back(sale, cut)
        self._comes_to(harness, sale, cut)
        if self.keeps_keys:  # and the task that was to tell it comes late
            self.enter(harness.port, [sale])
            self._comes_to(harness, sale, cut)

    @needs(Promise.KEYS)
    def test_what_is_taken_back_twice_is_taken_back_once(self, harness: DocumentHarness) -> None:
        sale, cut = self._cut(harness)
        for _ in range(3):
            _sales(harness.port).take_back(sale, cut)
        self._comes_to(harness, sale, cut)

    @needs(Promise.KEYS)
    def test_two_workers_that_sell_and_take_back_at_once_come_to_the_rest(self, harness: DocumentHarness) -> None:
        sale, cut = self._cut(harness)
        port = _sales(harness.port)
        acts = [lambda: port.post_sales([sale]), lambda: port.take_back(sale, cut)] * 3
        with ThreadPoolExecutor(4) as workers:
            list(workers.map(until_done, acts))
        self._comes_to(harness, sale, cut)

    @needs(Promise.KEYS, Fault.LOST_ANSWER)
    def test_what_was_taken_back_before_the_answer_was_lost_is_not_taken_back_again(
        self, harness: DocumentHarness
    ) -> None:
        sale, cut = self._cut(harness)
        self.enter(harness.port, [sale])
        self.broken(harness, Fault.LOST_ANSWER)
        not_denied(lambda: _sales(harness.port).take_back(sale, cut), "an answer lost after taking back")
        until_done(lambda: _sales(harness.port).take_back(sale, cut))
        self._comes_to(harness, sale, cut)

    def test_of_a_sale_nobody_can_enter_nothing_is_taken_back(self, harness: DocumentHarness) -> None:
        sku = harness.unknown_sku
        if sku is None:
            skipped(f"{self.provider.name} takes every article")
        sale, cut = (self.made(harness, name, [Ware(sku, units, units * 500)]) for name, units in (("d1", 2), ("c", 1)))
        with pytest.raises(PortRefusedError) as caught:
            _sales(harness.port).take_back(sale, cut)
        assert self.key("d1") in str(caught.value) and sku in str(caught.value)
        assert [*harness.entered(self.key("d1")), *harness.entered(self.key("c"))] == []

    @needs(Capability.NUMBERS_TOLD)
    def test_the_numbers_of_the_sale_and_of_what_is_taken_back_are_told(self, harness: DocumentHarness) -> None:
        sale, cut = self._cut(harness)
        answer = _sales(harness.port).take_back(sale, cut)
        ids = (sale.sale_id, cut.sale_id)
        theirs = {our_id: each.number for our_id in ids for each in harness.entered(our_id)}
        assert len(theirs) == 2 and all(theirs.values()), "the harness must tell the numbers of both"
        assert dict(answer or {}) == theirs

    def test_what_is_declared_is_there(self, harness: DocumentHarness) -> None:
        self.declares_keys(harness.port)
        self.declares(Capability.SALES_ENTERED, offers=isinstance(harness.port, SalesBooks))
        assert _sales(harness.port).takes_sales, "the harness opens the adapter so that it takes sales"

    def _cut(self, harness: DocumentHarness) -> tuple[Sale, Sale]:
        """A sale of two articles, and one unit of the first to be taken back."""
        goods = (Ware(harness.skus[0], 2, 1_000), Ware(harness.skus[1], 3, 1_000, "0.07", 399))
        sale = self.made(harness, "d1", goods)
        cut = sale_of(
            self.key("d1.cancelled"),
            (Ware(harness.skus[0], 1, 500),),
            currency=sale.currency,
            person_id=harness.person_id,
            of=sale.sale_id,
        )
        return sale, cut

    def _comes_to(self, harness: DocumentHarness, sale: Sale, cut: Sale) -> None:
        """Fail unless what stands of both is what was sold less what was taken back, and each stands once at most."""
        found = [list(harness.entered(our_id)) for our_id in (sale.sale_id, cut.sale_id)]
        assert max(map(len, found)) <= 1, f"they stand {[len(each) for each in found]} times in the books"
        standing = [each for those in found for each in those]
        sums = [
            Money.total([each.net for each in standing], sale.currency),
            Money.total([each.gross for each in standing], sale.currency),
        ]
        assert sums == [sale.net - cut.net, sale.gross - cut.gross]


def _sales(port: ErpPort) -> SalesBooks:
    assert isinstance(port, SalesBooks), "it declares that it enters sales, and has no post_sales and take_back"
    return port
