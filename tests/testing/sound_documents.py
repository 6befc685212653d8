"""Books in memory that enter invoices and sales and keep every law; each is its own harness."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from omscore.errors import PortRefusedError
from omscore.ports.erp import Invoice, InvoiceKind, JournalEntry, Numbers, Sale, is_invoiced
from omscore.records import changed, frozen
from omscore.testing.conformance.documents import Entered, EnteredLine
from tests.testing.sound_others import SoundBooks
from tests.testing.wires import WireError


@frozen(kw_only=True)
class Paper:
    """A document on its way into the books, with who buys."""

    our_id: str
    person_id: str
    entered: Entered


class SoundDocuments(SoundBooks):
    """What books of invoices and of sales share: known articles and customers, and documents under their ids."""

    skus = ("TEA", "CUP")
    person_id = "person_anna"
    unknown_sku = "NO-SUCH"
    unknown_person = "person_nobody"

    def __init__(self) -> None:
        super().__init__()
        self.papers: list[Paper] = []

    @property
    def port(self) -> SoundDocuments:
        return self

    def enter(self, papers: Sequence[Paper]) -> Numbers:
        """Enters those that the books take. Raises: PortRefusedError naming the others, after that."""
        complaints = {paper.our_id: why for paper in papers if (why := self.why_not(paper))}
        good = [paper for paper in papers if paper.our_id not in complaints]
        try:
            self.wire.call(self.arriving(good), lambda: self.keep(good[: len(good) // 2]))
        except WireError as error:
            self.failed(error)
        if complaints:
            raise PortRefusedError("; ".join(f"{our_id}: {why}" for our_id, why in complaints.items()))
        return {paper.our_id: each.number for paper in papers for each in self.entered(paper.our_id)}

    def why_not(self, paper: Paper) -> str:
        """What is wrong with it; empty when nothing is."""
        unknown = sorted({line.sku for line in paper.entered.lines} - {*self.skus})
        if unknown:
            return f"no article {', '.join(unknown)} is known; add it"
        return "" if paper.person_id == self.person_id else f"no customer {paper.person_id} is known; add them"

    def arriving(self, papers: Sequence[Paper]) -> Callable[[], None]:
        """What the books do whenever the call arrives."""
        return lambda: self.keep(papers)

    def keep(self, papers: Sequence[Paper]) -> None:
        with self.lock:
            for paper in papers:
                if self.is_missing(paper):
                    number = f"N{len(self.papers) + 1}"
                    self.papers.append(changed(paper, entered=changed(paper.entered, number=number)))

    def is_missing(self, paper: Paper) -> bool:
        return paper.our_id not in {each.our_id for each in self.papers}

    def entered(self, our_id: str) -> Sequence[Entered]:
        return [each.entered for each in self.papers if each.our_id == our_id]


class SoundInvoices(SoundDocuments):
    """Books that enter invoices."""

    takes_invoices = True

    @property
    def port(self) -> SoundInvoices:
        return self

    def post(self, entries: Sequence[JournalEntry]) -> Numbers:
        return super().post([entry for entry in entries if not is_invoiced(entry)])

    def post_invoices(self, invoices: Sequence[Invoice]) -> Numbers:
        return self.enter([self.paper(each) for each in invoices])

    def paper(self, invoice: Invoice) -> Paper:
        sign = 1 if invoice.kind is InvoiceKind.INVOICE else -1
        lines = [EnteredLine(sku=line.sku, says=line.title, net=line.net * sign) for line in invoice.lines]
        sums = Entered(lines=tuple(lines), net=invoice.net * sign, gross=invoice.owed * sign)
        return Paper(our_id=invoice.number, person_id=invoice.person_id, entered=sums)

    def is_booked(self, entry_id: str) -> bool:
        return bool(self.booked(entry_id))


class SoundSales(SoundDocuments):
    """Books that enter sales; of what is taken back the sum is below zero."""

    takes_sales = True

    @property
    def port(self) -> SoundSales:
        return self

    def post_sales(self, sales: Sequence[Sale]) -> Numbers:
        return self.enter([self.paper(each) for each in sales])

    def take_back(self, sale: Sale, cancelled: Sale) -> Numbers:
        return self.enter([self.paper(sale), self.paper(cancelled, -1)])

    def enter(self, papers: Sequence[Paper]) -> Numbers:
        """What is to be taken back of a sale that the books do not take is not taken either."""
        if any(paper.entered.gross.minor < 0 and self.why_not(papers[0]) for paper in papers):
            papers = papers[:1]
        return super().enter(papers)

    def paper(self, sale: Sale, sign: int = 1) -> Paper:
        lines = [EnteredLine(sku=line.sku, says=line.title, net=line.net * sign) for line in sale.lines]
        sums = Entered(lines=tuple(lines), net=sale.net * sign, gross=sale.gross * sign)
        return Paper(our_id=sale.sale_id, person_id=sale.person_id or "", entered=sums)
