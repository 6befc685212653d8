"""Books that are each wrong in one way about invoices or sales."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import count
from threading import Barrier, BrokenBarrierError

from omscore.errors import PortRefusedError, PortTransientError, PortUnknownError
from omscore.money import Money
from omscore.ports.erp import Invoice, JournalEntry, Numbers, Sale
from omscore.records import changed
from omscore.testing.conformance.documents import Entered, EnteredLine
from omscore.testing.faults import Fault
from tests.testing.sound_documents import Paper, SoundDocuments, SoundInvoices, SoundSales
from tests.testing.sound_others import SoundBooks
from tests.testing.wires import WireError


class EntersAgain(SoundDocuments):
    """Enters a document each time it is sent."""

    def is_missing(self, paper: Paper) -> bool:
        return True


class EntersDoublesOfACall(SoundDocuments):
    """Looks what is there already once for a whole call."""

    def keep(self, papers: Sequence[Paper]) -> None:
        known = {each.our_id for each in self.papers}
        with self.lock:
            for paper in papers:
                if paper.our_id not in known:
                    number = f"N{len(self.papers) + 1}"
                    self.papers.append(changed(paper, entered=changed(paper.entered, number=number)))


class EntersEachArrival(SoundDocuments):
    """Enters what arrives twice twice."""

    def arriving(self, papers: Sequence[Paper]) -> Callable[[], None]:
        arrivals = count(1)

        def act() -> None:
            self.papers += papers if next(arrivals) > 1 else []
            self.keep(papers)

        return act


class EntersBehindItself(SoundDocuments):
    """Looks whether a document is there before it sends, and not when it arrives late."""

    is_overtaken = False

    def arriving(self, papers: Sequence[Paper]) -> Callable[[], None]:
        missing = [paper for paper in papers if self.is_missing(paper)]

        def act() -> None:
            if self.is_overtaken:
                self.papers += missing
            self.keep(papers)

        return act

    def failed(self, error: WireError) -> None:
        self.is_overtaken = error.fault is Fault.LATE
        super().failed(error)


class TakesSomeForAll(SoundDocuments):
    """Believes that all is entered when some is."""

    def failed(self, error: WireError) -> None:
        if error.fault is not Fault.PARTIAL:
            super().failed(error)


class EntersOver(SoundDocuments):
    """Replaces what was entered before under the same id."""

    def keep(self, papers: Sequence[Paper]) -> None:
        with self.lock:
            numbers = {each.our_id: each.entered.number for each in self.papers}
            for paper in papers:
                number = numbers.setdefault(paper.our_id, f"N{len(numbers) + 1}")
                numbered = changed(paper, entered=changed(paper.entered, number=number))
                self.papers = [each for each in self.papers if each.our_id != paper.our_id] + [numbered]


class LooksThenEnters(SoundDocuments):
    """Looks and then enters, so two workers may both have found nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.meeting = Barrier(2)

    def keep(self, papers: Sequence[Paper]) -> None:
        missing = list({paper.our_id: paper for paper in papers if self.is_missing(paper)}.values())
        if missing:
            with suppress(BrokenBarrierError):
                self.meeting.wait(timeout=0.1)
            self.meeting.reset()
        with self.lock:
            for place, paper in enumerate(missing, len(self.papers) + 1):
                self.papers.append(changed(paper, entered=changed(paper.entered, number=f"N{place}")))


class RefusesEmptyCalls(SoundDocuments):
    """Takes a call without documents for a mistake."""

    def enter(self, papers: Sequence[Paper]) -> Numbers:
        if not papers:
            raise PortRefusedError("no documents were given")
        return super().enter(papers)


class OneBadStopsAll(SoundDocuments):
    """Enters nothing of a call in which anything is wrong."""

    def enter(self, papers: Sequence[Paper]) -> Numbers:
        bad = [paper for paper in papers if self.why_not(paper)]
        return super().enter(bad or papers)


class SaysOnlyThat(SoundDocuments):
    """Does not say which article or customer is unknown."""

    def why_not(self, paper: Paper) -> str:
        return "something in it is unknown" if super().why_not(paper) else ""


class ForgetsTheCustomer(SoundDocuments):
    """Puts documents of customers it does not know on somebody else."""

    def why_not(self, paper: Paper) -> str:
        return super().why_not(changed(paper, person_id=self.person_id))


class LeavesLinesOut(SoundDocuments):
    """Enters a document without the lines whose articles it does not know."""

    def enter(self, papers: Sequence[Paper]) -> Numbers:
        kept = []
        for paper in papers:
            lines = tuple([line for line in paper.entered.lines if line.sku in self.skus])
            kept.append(changed(paper, entered=changed(paper.entered, lines=lines)))
        return super().enter(kept)


class SpeaksLatinOnly(SoundDocuments):
    """Keeps the letters of the west of Europe."""

    def entered(self, our_id: str) -> Sequence[Entered]:
        return [changed(each, lines=tuple(map(_in_latin, each.lines))) for each in super().entered(our_id)]


class RoundsPrices(SoundDocuments):
    """Keeps prices in steps of five cents, as some countries have them in cash."""

    def entered(self, our_id: str) -> Sequence[Entered]:
        return [changed(each, lines=tuple(map(_in_fives, each.lines))) for each in super().entered(our_id)]


class WorksTaxOutAnew(SoundDocuments):
    """Rounds the tax by itself, so that a document of many lines comes to another sum."""

    def entered(self, our_id: str) -> Sequence[Entered]:
        off = {currency: Money(1, currency) for currency in self.currencies}
        return [
            changed(each, gross=each.gross + off[each.gross.currency]) if len(each.lines) > 2 else each
            for each in super().entered(our_id)
        ]


class LosesALine(SoundDocuments):
    """Enters a document of two lines with the first alone, and all the money on it."""

    def entered(self, our_id: str) -> Sequence[Entered]:
        return [changed(each, lines=each.lines[:1]) for each in super().entered(our_id)]


class TellsNumbersOnce(SoundDocuments):
    """Tells the number only to who entered the document."""

    def enter(self, papers: Sequence[Paper]) -> Numbers:
        new = {paper.our_id for paper in papers if self.is_missing(paper)}
        return {our_id: number for our_id, number in super().enter(papers).items() if our_id in new}


class TellsNoNumbers(SoundDocuments):
    """Says that it tells its numbers, and does not."""

    def enter(self, papers: Sequence[Paper]) -> Numbers:
        super().enter(papers)
        return {}


class ClaimsNothingWasEntered(SoundDocuments):
    """Says that nothing happened when the answer was lost or cannot be read."""

    def failed(self, error: WireError) -> None:
        raise PortTransientError("no answer, so nothing is entered") from error


class GivesUpWhenDown(SoundDocuments):
    """Says a definite no when the books are out of reach."""

    def failed(self, error: WireError) -> None:
        if not error.is_sent:
            raise PortRefusedError("the books are out of reach") from error
        super().failed(error)


class TellsItsPassword(SoundDocuments):
    """Prints the secret with the error."""

    def failed(self, error: WireError) -> None:
        if error.is_sent:
            raise PortUnknownError(f"no answer with {self.secrets[0]}") from error
        super().failed(error)


class BillsReturns(SoundInvoices):
    """Enters a credit note as an invoice."""

    def paper(self, invoice: Invoice) -> Paper:
        return super().paper(changed(invoice, kind=type(invoice.kind).INVOICE))


class BooksTwice(SoundInvoices):
    """Books an entry although an invoice books the same."""

    def post(self, entries: Sequence[JournalEntry]) -> Numbers:
        return SoundBooks.post(self, entries)


class IsNotSetToInvoices(SoundInvoices):
    """Has the methods, and was opened without them."""

    takes_invoices = False


class IsNotSetToSales(SoundSales):
    """Has the methods, and was opened without them."""

    takes_sales = False


class TakesBackAgain(SoundSales):
    """Takes back each time it is asked."""

    def is_missing(self, paper: Paper) -> bool:
        return paper.entered.gross.minor < 0 or super().is_missing(paper)


class TakesBackAlone(SoundSales):
    """Takes back of a sale that is not there, and of one whose article nobody knows too."""

    def take_back(self, sale: Sale, cancelled: Sale) -> Numbers:
        return self.enter([self.paper(cancelled, -1)])


class TakesBackTheWrongWay(SoundSales):
    """Sells again what is to be taken back."""

    def take_back(self, sale: Sale, cancelled: Sale) -> Numbers:
        return self.enter([self.paper(sale), self.paper(cancelled)])


class TakesBackTheWhole(SoundSales):
    """Cancels the sale, whatever of it is to be taken back."""

    def take_back(self, sale: Sale, cancelled: Sale) -> Numbers:
        return super().take_back(sale, changed(sale, sale_id=cancelled.sale_id))


class ForgetsCancelledSales(SoundSales):
    """Deletes a sale that is taken back whole, and takes it for new when somebody comes late with it."""

    def take_back(self, sale: Sale, cancelled: Sale) -> Numbers:
        if not cancelled.is_all_of(sale):
            return super().take_back(sale, cancelled)
        self.papers = [each for each in self.papers if each.our_id != sale.sale_id]
        return {}


class TellsTheNumberOfTheSaleAlone(SoundSales):
    """Leaves the number of what is taken back out."""

    def take_back(self, sale: Sale, cancelled: Sale) -> Numbers:
        return {our_id: each for our_id, each in super().take_back(sale, cancelled).items() if our_id == sale.sale_id}


def _in_latin(line: EnteredLine) -> EnteredLine:
    return changed(line, says=line.says.encode("latin-1", "replace").decode("latin-1"))


def _in_fives(line: EnteredLine) -> EnteredLine:
    return changed(line, net=Money(line.net.minor // 5 * 5, line.net.currency))
