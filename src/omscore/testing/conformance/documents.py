"""The laws that invoices and sales share: a document is entered once, to the cent, under its own id, or told by name.

`invoices` and `sales` are the kits; each says how its documents are made, entered and told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import permutations
from typing import Generic, Protocol, TypeVar

import pytest

from omscore.errors import PortError, PortRefusedError, PortTransientError, PortUnknownError
from omscore.money import Money
from omscore.plugins import Capability
from omscore.ports.erp import ErpPort
from omscore.records import frozen
from omscore.testing.conformance.papers import SCRIPTS, Ware, wares
from omscore.testing.conformance.ports import (
    Harness,
    PortLaws,
    Promise,
    hides,
    needs,
    not_denied,
    skipped,
    try_again_is_right,
)
from omscore.testing.faults import Fault

D = TypeVar("D")


@frozen(kw_only=True)
class EnteredLine:
    """A line as the books have it, whose text is `says`. Units: `net` is without tax."""

    sku: str
    says: str
    net: Money


@frozen(kw_only=True)
class Entered:
    """A document as the books have it, below zero where it takes back.

    Shape: `lines` are those of articles, in any order; charges and taxes are left out. `number` is that of the books,
    empty where they give none.
    """

    lines: tuple[EnteredLine, ...]
    net: Money
    gross: Money
    number: str = ""


class DocumentHarness(Harness, Protocol):
    """An adapter for books that enter documents, set to do so, and the books, used by nobody else.

    Shape: the books know the articles `skus`, at least two of them, and the customer `person_id`; `unknown_sku` and
    `unknown_person` are those they refuse, None when they refuse nobody. `entered` has one element for each time a
    document really stands there: neither drafts nor what is cancelled.
    """

    @property
    def port(self) -> ErpPort: ...

    @property
    def currencies(self) -> tuple[str, ...]: ...

    @property
    def skus(self) -> tuple[str, ...]: ...

    @property
    def person_id(self) -> str: ...

    @property
    def unknown_sku(self) -> str | None: ...

    @property
    def unknown_person(self) -> str | None: ...

    def entered(self, our_id: str) -> Sequence[Entered]: ...


class DocumentLaws(PortLaws, Generic[D]):
    """Every law that holds for documents of any sort."""

    def made(
        self,
        harness: DocumentHarness,
        name: str,
        goods: Sequence[Ware] = (),
        *,
        person_id: str = "",
        currency: str = "",
    ) -> D:
        """A document of these goods, whose id is the key of that name."""
        raise NotImplementedError

    def enter(self, port: ErpPort, documents: Sequence[D]) -> Mapping[str, str] | None:
        """What the port answers to them."""
        raise NotImplementedError

    def stated(self, document: D) -> Entered:
        """How the books must have it."""
        raise NotImplementedError

    def test_a_document_is_entered_once_with_its_lines_and_sums(self, harness: DocumentHarness) -> None:
        document = self.made(harness, "d1")
        self.enter(harness.port, [document])
        self.stands_once(harness, "d1", document)

    def test_documents_of_any_amounts_have_the_same_sums_to_the_cent(self, harness: DocumentHarness) -> None:
        assert harness.currencies and len(harness.skus) > 1, "the harness names no currency, or fewer than two articles"
        made = {
            f"{currency}-{seed}": self.made(harness, f"{currency}-{seed}", wares(harness.skus, seed), currency=currency)
            for currency in harness.currencies
            for seed in range(3)
        }
        self.enter(harness.port, [*made.values()])
        for name, document in made.items():
            self.stands_once(harness, name, document)

    def test_texts_of_every_script_are_kept_as_they_are(self, harness: DocumentHarness) -> None:
        document = self.made(harness, "d1", [Ware(harness.skus[0], title=SCRIPTS)])
        self.enter(harness.port, [document])
        self.stands_once(harness, "d1", document)

    @needs(Promise.KEYS)
    def test_a_document_entered_twice_is_entered_once(self, harness: DocumentHarness) -> None:
        document = self.made(harness, "d1")
        for _ in range(3):
            self.enter(harness.port, [document])
        self.stands_once(harness, "d1", document)

    def test_a_document_that_comes_twice_in_one_call_is_entered_once(self, harness: DocumentHarness) -> None:
        document = self.made(harness, "d1")
        self.enter(harness.port, [document, document])
        self.stands_once(harness, "d1", document)

    @needs(Promise.KEYS)
    def test_a_document_entered_already_is_left_as_it_is(self, harness: DocumentHarness) -> None:
        first, next_one = self.made(harness, "d1"), self.made(harness, "d2", [Ware(harness.skus[1], 1, 75)])
        self.enter(harness.port, [first])
        try:
            self.enter(harness.port, [self.made(harness, "d1", [Ware(harness.skus[0], 5, 95)]), next_one])
        except PortError:  # books may also say that it differs; what stands must not change
            self.enter(harness.port, [next_one])
        self.stands_once(harness, "d1", first)
        self.stands_once(harness, "d2", next_one)

    @needs(Promise.KEYS)
    def test_two_workers_that_enter_one_document_at_once_enter_it_once(self, harness: DocumentHarness) -> None:
        made = {name: self.made(harness, name, [Ware(harness.skus[0], 1, 100)]) for name in ("d1", "d2", "d3")}
        orders = [*permutations(made.values())]
        with ThreadPoolExecutor(4) as workers:
            list(workers.map(lambda documents: self.enter(harness.port, documents), orders))
        for name, document in made.items():
            self.stands_once(harness, name, document)

    def test_no_documents_are_no_error(self, harness: DocumentHarness) -> None:
        self.enter(harness.port, [])
        document = self.made(harness, "d1")
        self.enter(harness.port, [document])
        self.stands_once(harness, "d1", document)

    def test_an_article_nobody_knows_is_named_and_holds_up_no_other_document(self, harness: DocumentHarness) -> None:
        sku = harness.unknown_sku
        if sku is None:
            skipped(f"{self.provider.name} takes every article")
        bad = self.made(harness, "bad", [Ware(harness.skus[0]), Ware(sku, 1, 100)])
        self._told_by_name(harness, bad, sku)

    def test_a_customer_nobody_knows_is_named_and_holds_up_no_other_document(self, harness: DocumentHarness) -> None:
        person_id = harness.unknown_person
        if person_id is None:
            skipped(f"{self.provider.name} takes every customer")
        self._told_by_name(harness, self.made(harness, "bad", person_id=person_id), person_id)

    @needs(Capability.NUMBERS_TOLD)
    def test_the_number_the_books_gave_is_told_every_time(self, harness: DocumentHarness) -> None:
        documents = [self.made(harness, "d1"), self.made(harness, "d2")]
        answers = [self.enter(harness.port, documents) for _ in range(2)]
        theirs = {self.key(name): each.number for name in ("d1", "d2") for each in harness.entered(self.key(name))}
        assert all(theirs.values()) and len(set(theirs.values())) == 2, "the harness must tell the numbers of the books"
        assert [dict(answer or {}) for answer in answers] == [theirs, theirs]

    @needs(Fault.LOST_ANSWER)
    def test_what_was_entered_before_the_answer_was_lost_is_not_entered_again(self, harness: DocumentHarness) -> None:
        made = {name: self.made(harness, name) for name in ("d1", "d2")}
        self.broken(harness, Fault.LOST_ANSWER)
        not_denied(lambda: self.enter(harness.port, [*made.values()]), "an answer lost after entering")
        if self.keeps_keys:
            self._entered_after_all(harness, made)

    @needs(Promise.KEYS, Fault.TWICE)
    def test_a_call_that_arrives_twice_enters_each_document_once(self, harness: DocumentHarness) -> None:
        self._struck(harness, Fault.TWICE)

    @needs(Promise.KEYS, Fault.LATE)
    def test_a_call_that_is_overtaken_by_its_repetition_enters_each_once(self, harness: DocumentHarness) -> None:
        self._struck(harness, Fault.LATE)

    @needs(Fault.PARTIAL)
    def test_a_call_of_which_only_a_part_was_entered_is_not_taken_for_done(self, harness: DocumentHarness) -> None:
        made = {name: self.made(harness, name) for name in ("d1", "d2", "d3")}
        self.broken(harness, Fault.PARTIAL)
        try_again_is_right(lambda: self.enter(harness.port, [*made.values()]), "a call of which a part was entered")
        if self.keeps_keys:
            self._entered_after_all(harness, made)

    @needs(Fault.GARBAGE)
    def test_an_answer_nobody_can_read_is_no_sign_that_nothing_was_entered(self, harness: DocumentHarness) -> None:
        document = self.made(harness, "d1")
        self.broken(harness, Fault.GARBAGE)
        not_denied(lambda: self.enter(harness.port, [document]), "an answer that is garbage")
        if self.keeps_keys:
            self._entered_after_all(harness, {"d1": document})

    @needs(Fault.DOWN)
    def test_what_did_not_get_through_can_be_entered_again(self, harness: DocumentHarness) -> None:
        document = self.made(harness, "d1")
        self.broken(harness, Fault.DOWN)
        try_again_is_right(lambda: self.enter(harness.port, [document]), "books that are out of reach")
        assert list(harness.entered(self.key("d1"))) == []
        self.enter(harness.port, [document])
        self.stands_once(harness, "d1", document)

    def test_secrets_stand_in_no_message(self, harness: DocumentHarness) -> None:
        secrets = self.told_secrets(harness)
        errors: list[BaseException] = []
        for number, fault in enumerate(sorted(harness.faults)):
            harness.break_next(fault)
            try:
                self.enter(harness.port, [self.made(harness, f"d{number}")])
            except PortError as error:
                errors.append(error)
        hides(errors, secrets, harness.port)

    def stands_once(self, harness: DocumentHarness, name: str, document: D) -> None:
        """Fail unless the books have it once, with exactly its sums and lines."""
        found = list(harness.entered(self.key(name)))
        assert len(found) == 1, f"{self.key(name)} stands {len(found)} times in the books"
        wanted = self.stated(document)
        assert (found[0].net, found[0].gross) == (wanted.net, wanted.gross)
        have, want = sorted(found[0].lines, key=_place), sorted(wanted.lines, key=_place)
        assert [(line.sku, line.net) for line in have] == [(line.sku, line.net) for line in want]
        for line, ours in zip(have, want, strict=True):
            assert ours.says in line.says, f"the title {ours.says!r} became {line.says!r}"

    def _struck(self, harness: DocumentHarness, fault: Fault) -> None:
        made = {name: self.made(harness, name) for name in ("d1", "d2")}
        self.broken(harness, fault)
        self._entered_after_all(harness, made)

    def _entered_after_all(self, harness: DocumentHarness, made: Mapping[str, D]) -> None:
        """Enters until nothing is open, and once more; each then stands once."""
        until_done(lambda: self.enter(harness.port, [*made.values()]))
        for name, document in made.items():
            self.stands_once(harness, name, document)

    def _told_by_name(self, harness: DocumentHarness, bad: D, what: str) -> None:
        """Fail unless the document is refused with its id and what is wrong in it, and those around it are entered."""
        made = {name: self.made(harness, name) for name in ("d1", "d2")}
        with pytest.raises(PortRefusedError) as caught:
            self.enter(harness.port, [made["d1"], bad, made["d2"]])
        says = str(caught.value)
        assert self.key("bad") in says and what in says, f"neither the document nor {what} can be told from: {says}"
        assert list(harness.entered(self.key("bad"))) == []
        for name, document in made.items():
            self.stands_once(harness, name, document)


def until_done(act: Callable[[], object]) -> None:
    """What a shop's tasks do, the same again while that may help, and once more when nothing is open."""
    for _ in range(2):
        with suppress(PortTransientError, PortUnknownError):
            act()
    act()


def _place(line: EnteredLine) -> tuple[str, int, str]:
    return line.sku, line.net.minor, line.says
