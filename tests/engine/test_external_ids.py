"""What an ERP calls the documents it was given is kept once, and found by our id, by theirs, and by the order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omscore import audit, external_ids
from omscore.app import Oms
from omscore.billing.externals import (
    DocumentSort,
    ExternalId,
    ExternalIdRecorded,
    RecordExternalId,
    decide_external,
    evolve_external,
    external_key,
)
from omscore.billing.invoices import Invoice, IssueInvoices
from omscore.errors import InputError, OmsError, PortRefusedError, PortUnknownError
from omscore.ids import OrderId
from omscore.orders.commands import CancelUnits
from omscore.ports.erp import Invoice as Bill
from omscore.ports.erp import JournalEntry, Numbers, Sale, is_invoiced
from tests.billing.sales import INVOICING
from tests.kit.shops import CUP, NOON, TEA, order, pass_time, send_out
from tests.laws.bench import Bench, bench
from tests.laws.checks import records


class CountingBooks:
    """Counts entries, invoices and sales each from 1, as many ERPs do; an id it has is left as it is."""

    takes_invoices = True
    takes_sales = True

    def __init__(self) -> None:
        self.numbers: dict[DocumentSort, dict[str, str]] = {sort: {} for sort in DocumentSort}
        self.loses_answers = 0
        self.is_closed = False
        self.calls_it: Callable[[str], str] = lambda number: number

    def post(self, entries: Sequence[JournalEntry]) -> Numbers:
        return self._counted(DocumentSort.ENTRY, [each.entry_id for each in entries if not is_invoiced(each)])

    def post_invoices(self, invoices: Sequence[Bill]) -> Numbers:
        return self._counted(DocumentSort.INVOICE, [each.number for each in invoices])

    def post_sales(self, sales: Sequence[Sale]) -> Numbers:
        return self._counted(DocumentSort.SALE, [each.sale_id for each in sales])

    def take_back(self, sale: Sale, cancelled: Sale) -> Numbers:
        return self._counted(DocumentSort.SALE, [sale.sale_id, cancelled.sale_id])

    def _counted(self, sort: DocumentSort, our_ids: Sequence[str]) -> Numbers:
        if self.is_closed:
            raise PortRefusedError("the year is closed")
        known = self.numbers[sort]
        for our_id in our_ids:
            known.setdefault(our_id, str(len(known) + 1))
        if self.loses_answers:
            self.loses_answers -= 1
            raise PortUnknownError("no answer came")
        return {our_id: self.calls_it(known[our_id]) for our_id in our_ids}


class SilentBooks(CountingBooks):
    """Tells no numbers."""

    def _counted(self, sort: DocumentSort, our_ids: Sequence[str]) -> Numbers:
        super()._counted(sort, our_ids)
        return {}


@contextmanager
def counting(folder: Path, books: CountingBooks | None = None) -> Iterator[tuple[Bench, CountingBooks]]:
    """The small shop with an ERP that takes all there is, and the books themselves."""
    books = books or CountingBooks()
    with bench(folder, books=books, edit=INVOICING, storage="sqlite") as shop:
        yield shop, books


def sell(oms: Oms, order_id: str = "ord_1") -> None:
    """An order of which one unit is cancelled, the rest sent and invoiced."""
    oms.do(order(oms, {TEA: 3, CUP: 1}, order_id=order_id, address_name="home"))
    oms.run_due()
    oms.do(CancelUnits(order_id=OrderId(order_id), line_id=1, units=1, reason="no", at=oms.clock.now()))
    oms.run_due()
    send_out(oms, order_id)
    oms.do(IssueInvoices(order_id=OrderId(order_id), at=oms.clock.now()))
    oms.run_due()


def kept(oms: Oms) -> dict[tuple[DocumentSort, str], str]:
    """Every number the shop has kept."""
    return {(each.sort, each.our_id): each.external_id for each in records(oms, "external")}


def told(books: CountingBooks) -> dict[tuple[DocumentSort, str], str]:
    """Every number the books have given."""
    return {(sort, our_id): number for sort, known in books.numbers.items() for our_id, number in known.items()}


def test_every_number_the_erp_gave_is_kept_with_our_id_and_found_by_either_and_by_the_order(tmp_path: Path) -> None:
    with counting(tmp_path) as (shop, books):
        sell(shop.oms, "ord_1")
        sell(shop.oms, "ord_2")
        assert kept(shop.oms) == told(books) and {sort for sort, _ in kept(shop.oms)} == set(DocumentSort)
        for (sort, our_id), number in told(books).items():
            assert (sort, number) in {(each.sort, each.external_id) for each in external_ids(shop.oms, our_id)}
            assert (sort, our_id) in {(each.sort, each.our_id) for each in external_ids(shop.oms, number)}
        (bill,) = shop.oms.listed(Invoice, "invoiced", "ord_2")
        about = external_ids(shop.oms, "ord_2")
        assert {each.about for each in about} == {"ord_2"} and {each.system for each in about} == {"erp.books"}
        assert ("invoice", bill) in [(each.sort.value, each.our_id) for each in about]
        assert list(about) == sorted(about, key=lambda each: (each.system, each.sort, each.our_id))
        assert audit(shop.oms.storage).is_clean


def test_whatever_answers_are_lost_each_number_is_kept_once(tmp_path: Path) -> None:
    with counting(tmp_path) as (shop, books):
        books.loses_answers = 5
        sell(shop.oms)
        pass_time(shop.oms, hours=3)
        assert books.loses_answers == 0 and kept(shop.oms) == told(books)


def test_what_the_erp_refused_and_takes_after_all_is_kept_then(tmp_path: Path) -> None:
    with counting(tmp_path) as (shop, books):
        books.is_closed = True
        sell(shop.oms)
        assert kept(shop.oms) == {}
        books.is_closed = False
        for task in shop.oms.storage.tasks("dead"):
            shop.oms.storage.revive(task.task_id, due_at=shop.oms.clock.now())
        shop.oms.run_due()
        assert kept(shop.oms) == told(books) != {}


def test_books_that_tell_no_numbers_leave_nothing_and_tell_them_once_they_do(tmp_path: Path) -> None:
    """A store whose documents were entered before anybody told their numbers is read as ever."""
    with counting(tmp_path, SilentBooks()) as (shop, _):
        sell(shop.oms, "ord_1")
        assert kept(shop.oms) == {} and external_ids(shop.oms, "ord_1") == ()
    with counting(tmp_path) as (shop, books):
        assert external_ids(shop.oms, "ord_1") == ()
        sell(shop.oms, "ord_2")
        assert kept(shop.oms) == told(books)
        assert audit(shop.oms.storage).is_clean


@pytest.mark.parametrize("number", ["", " 7", "7\n", "x" * 201, None, 7])
def test_a_number_that_nobody_could_keep_is_noted_and_the_document_is_booked_all_the_same(
    tmp_path: Path, number: object
) -> None:
    with counting(tmp_path) as (shop, books):
        books.calls_it = lambda _: number  # type: ignore[assignment, return-value]
        sell(shop.oms)
        assert kept(shop.oms) == {} and told(books) != {}
        assert shop.oms.storage.tasks("dead") == ()
        (task,) = [each for each in shop.oms.storage.tasks("done") if each.task_id == "ord_1.erp.sale"]
        assert task.note.startswith("sale ord_1 is booked; what it is called there is not kept: external_id ")


@pytest.mark.parametrize("answer", [None, 3, ["ord_1"], True])
def test_an_answer_that_holds_no_numbers_is_no_trouble(tmp_path: Path, answer: object) -> None:
    class Odd(CountingBooks):
        def _counted(self, sort: DocumentSort, our_ids: Sequence[str]) -> Numbers:
            super()._counted(sort, our_ids)
            return answer  # type: ignore[return-value]

    with counting(tmp_path, Odd()) as (shop, books):
        sell(shop.oms)
        assert kept(shop.oms) == {} and told(books) != {} and shop.oms.storage.tasks("dead") == ()


def test_a_number_told_by_hand_is_kept_like_any_other_and_the_last_one_counts(tmp_path: Path) -> None:
    by_hand = RecordExternalId(
        system="erp.datev",
        sort=DocumentSort.INVOICE,
        our_id="2026-000001",
        external_id="4111111111111111",  # digits by nature, so it may look like a card
        about="ord_1",
        at=NOON,
    )
    with counting(tmp_path) as (shop, _):
        sell(shop.oms)
        for command in (by_hand, by_hand):
            shop.oms.do(command)
        (found,) = external_ids(shop.oms, "4111111111111111")
        assert (found.system, found.our_id, found.about) == ("erp.datev", "2026-000001", "ord_1")
        shop.oms.do(attrs.evolve(by_hand, external_id="R-2"))
        assert external_ids(shop.oms, "4111111111111111") == ()
        assert [each.our_id for each in external_ids(shop.oms, "R-2")] == ["2026-000001"]
        stream = f"external/{external_key('erp.datev', DocumentSort.INVOICE, '2026-000001')}"
        assert len(list(shop.oms.storage.events(stream=stream))) == 2, "what was told again changed nothing"


@pytest.mark.parametrize(
    ("sort", "our_id", "about", "code", "says"),
    [
        (DocumentSort.INVOICE, "2026-000009", "ord_1", "invoice.unknown", "there is no invoice '2026-000009'"),
        (DocumentSort.INVOICE, "2026-000001", "ord_2", "external.about", "is of order ord_1, not of ord_2"),
        (DocumentSort.SALE, "ord_9", "ord_9", "order.unknown", "there is no order 'ord_9'; about is the id of"),
        (DocumentSort.SALE, "ord_2", "ord_1", "external.about", "sale ord_2 is not of order ord_1; our_id is"),
        (DocumentSort.SALE, "ord_1.cancelled", "ord_1", "external.about", "or ord_1.cancelled.N for what was taken"),
    ],
)
def test_a_number_of_a_document_that_is_not_there_is_refused_and_nothing_is_kept(
    sort: DocumentSort, our_id: str, about: str, code: str, says: str, tmp_path: Path
) -> None:
    with counting(tmp_path, SilentBooks()) as (shop, _):
        for order_id in ("ord_1", "ord_2"):
            sell(shop.oms, order_id)
        with pytest.raises(OmsError, match=says) as refused:
            shop.oms.do(
                RecordExternalId(system="erp.x", sort=sort, our_id=our_id, external_id="17", about=about, at=NOON)
            )
        assert refused.value.code == code
        assert kept(shop.oms) == {}


def test_an_entry_may_be_about_whatever_it_is_about(tmp_path: Path) -> None:
    entry = RecordExternalId(
        system="erp.x", sort=DocumentSort.ENTRY, our_id="opening.value", external_id="17", about="opening", at=NOON
    )
    with counting(tmp_path, SilentBooks()) as (shop, _):
        shop.oms.do(entry)
        assert [each.our_id for each in external_ids(shop.oms, "opening")] == ["opening.value"]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"external_id": ""}, "external_id '' is not usable: give 1 to 200 visible characters"),
        ({"external_id": "a\tb"}, "external_id 'a\\\\tb' is not usable"),
        ({"our_id": "no id"}, "our_id 'no id' is not usable"),
        ({"system": ""}, "system '' is not usable"),
        ({"about": "-"}, "about '-' is not usable"),
    ],
)
def test_what_is_no_id_is_refused_by_the_name_of_its_field(wrong: dict[str, str], says: str) -> None:
    plain = {"system": "erp.x", "our_id": "1", "external_id": "2", "about": "ord_1"}
    with pytest.raises(InputError, match=says):
        decide_external(None, RecordExternalId(sort=DocumentSort.ENTRY, at=NOON, **(plain | wrong)))


@given(st.lists(st.sampled_from(["A", "B", "C"]), max_size=8))
def test_replay_comes_to_what_was_told_last_and_records_each_change_once(told: list[str]) -> None:
    state: ExternalId | None = None
    log: list[ExternalIdRecorded] = []
    for number in told:
        command = RecordExternalId(
            system="erp.x", sort=DocumentSort.ENTRY, our_id="e1", external_id=number, about="ord_1", at=NOON
        )
        for event in decide_external(state, command):
            state = evolve_external(state, event)
            log.append(event)
    assert (state.external_id if state else None) == (told[-1] if told else None)
    changes = [number for place, number in enumerate(told) if place == 0 or told[place - 1] != number]
    assert [event.external_id for event in log] == changes
