"""A word that a provider declares is asked about: each brings laws that stand on it alone, in the kit of its port."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from functools import partial

import pytest

from omscore.errors import InputError, PortRefusedError, RefusedError
from omscore.plugins import Capability, PortKind, Provider
from omscore.ports.bounces import MailKind, ReadMail
from omscore.ports.erp import Invoice, Numbers, Sale
from omscore.ports.labels import TrackingNews
from omscore.testing.conformance.bounces import BounceConformance
from omscore.testing.conformance.callbacks import CallbackConformance
from omscore.testing.conformance.carrier import CarrierConformance
from omscore.testing.conformance.channel import ChannelConformance
from omscore.testing.conformance.erp import ErpConformance
from omscore.testing.conformance.invoices import InvoiceConformance
from omscore.testing.conformance.notices import NoticeConformance
from omscore.testing.conformance.ports import PortLaws, needs
from omscore.testing.conformance.sales import SaleConformance
from tests.docs.port_pages import PAGES, capabilities_of
from tests.laws.bench import NoSettings
from tests.testing.port_kits import laws_of, rejected_by, skipped_by
from tests.testing.sound_carrier import DepotHarness, SoundCarrier
from tests.testing.sound_documents import SoundInvoices, SoundSales
from tests.testing.sound_messages import SoundChannel, SoundReader
from tests.testing.sound_others import SoundNotices

DECLARED = "test_what_is_declared_is_there"
WORDS = [(page, Capability[name]) for page, told in PAGES.items() for name, _, _ in capabilities_of(told.word)]
NO_METHOD = {("port-payment", Capability.CALLBACKS)}
"""The port has no method for them: a shop reads the messages of its payments by a function of the adapter."""


def declaring(kit: type[PortLaws], *words: Capability) -> type[PortLaws]:
    """The kit as it is for a provider that declares these and nothing else."""
    provider = Provider(
        name="sound",
        port=PortKind.CARRIER,
        settings_type=NoSettings,
        open=nullcontext,
        capabilities=frozenset(words),
    )
    return type("Declaring", (kit,), {"provider": provider})


def gained(kit: type[PortLaws], word: Capability) -> set[str]:
    """The laws that are asked of who declares the word and nothing else, and not of who declares nothing."""
    return {*laws_of(declaring(kit, word))} - {*laws_of(declaring(kit))}


@pytest.mark.parametrize(("page", "word"), WORDS)
def test_a_word_that_is_declared_alone_is_asked_about(page: str, word: Capability) -> None:
    """In the kits of its port, and, where the port has a method for it, already in the first of them."""
    kits = [kit for kit, _ in PAGES[page].kits]
    assert set().union(*[gained(kit, word) for kit in kits]), f"{word} could be declared, and no law would ask about it"
    assert bool(gained(kits[0], word)) is ((page, word) not in NO_METHOD)


def test_every_word_there_is_was_asked_about() -> None:
    assert {word for _, word in WORDS} == set(Capability)


def test_a_word_that_brings_laws_only_beside_another_is_seen() -> None:
    class Kit(PortLaws):
        @needs(Capability.MULTI_PIECE, Capability.LABEL_VOID)
        def test_boxes_are_given_back_one_by_one(self, harness: object) -> None:
            raise AssertionError

    assert gained(Kit, Capability.LABEL_VOID) == set()


@pytest.mark.parametrize(("page", "word"), WORDS)
def test_a_kit_of_its_own_is_named_where_the_word_is_declared(page: str, word: Capability) -> None:
    first, *others = [kit for kit, _ in PAGES[page].kits]
    told = declaring(first, word).left_out
    named = {f"{kit.__module__.rpartition('.')[2]}.{kit.__name__}" for kit in others if word in kit.about}
    assert {kit for kit in told if not kit.startswith("test_")} == named
    for kit in named:
        assert told[kit] == f"sound declares {word}; its laws are a kit of their own, to be subclassed as well"


@pytest.mark.parametrize(
    ("kit", "sound"),
    [
        (CallbackConformance, SoundReader),
        (BounceConformance, SoundNotices),
        (InvoiceConformance, SoundInvoices),
        (SaleConformance, SoundSales),
    ],
    ids=lambda each: each.__name__,
)
def test_a_kit_of_its_own_has_one_law_for_who_declares_nothing_and_it_says_to_declare(
    kit: type[PortLaws], sound: Callable[[], object]
) -> None:
    silent = declaring(kit)
    assert laws_of(silent) == [DECLARED]
    assert all("sound does not declare" in why for why in silent.left_out.values())
    if kit is not BounceConformance:  # the notices of this test read none, so nothing is hidden
        assert rejected_by(silent, sound) == {DECLARED}
        assert DECLARED not in rejected_by(declaring(kit, *kit.about), sound)
    else:
        assert rejected_by(silent, sound) == set()
        assert DECLARED in rejected_by(declaring(kit, *kit.about), sound)


class CallingCarrier(SoundCarrier):
    """Believes the callbacks that bear its word."""

    def tracking_news(self, body: bytes, headers: Mapping[str, str]) -> TrackingNews | None:
        if headers.get("signature") != "signed":
            raise InputError("the callback is not signed by the depot; nothing was read")
        return None


class BelievesAnybody(SoundCarrier):
    """Does not look who signed."""

    def tracking_news(self, body: bytes, headers: Mapping[str, str]) -> TrackingNews | None:
        return None


class ReadsNoCallback(SoundCarrier):
    """Has the method, and it has never worked."""

    def tracking_news(self, body: bytes, headers: Mapping[str, str]) -> TrackingNews | None:
        raise RuntimeError("to be written")


class SignedChannel(SoundChannel):
    """Checks who signed."""

    def check_signature(self, body: bytes, signature: str) -> None:
        if signature != f"signed {len(body)}":
            raise RefusedError("the signature does not belong to this message; do not take it")


class ChecksTheLength(SoundChannel):
    """Takes what looks like a signature for one."""

    def check_signature(self, body: bytes, signature: str) -> None:
        if len(signature) != 64:
            raise RefusedError("the signature does not belong to this message; do not take it")


class ReadingNotices(SoundNotices):
    """Reads which letters came back."""

    def read_bounce(self, message: bytes) -> ReadMail:
        head, _, letter = message.partition(b"Failed: ")
        if head or not letter:
            return ReadMail(kind=MailKind.OTHER, says="it is no bounce")
        return ReadMail(kind=MailKind.BOUNCE, letter=letter.decode(), status="5.1.1")


class TakesMailForBounces(SoundNotices):
    """Takes whatever comes in for a letter that came back."""

    def read_bounce(self, message: bytes) -> ReadMail:
        return ReadMail(kind=MailKind.BOUNCE, letter="ord_1", status="5.0.0")


class SaysNotWhy(SoundNotices):
    """Reads what is no bounce, and says nothing about it."""

    def read_bounce(self, message: bytes) -> ReadMail:
        return ReadMail(kind=MailKind.OTHER)


class RefusesInvoices(SoundInvoices):
    """Declares invoices, and enters none."""

    def post_invoices(self, invoices: Sequence[Invoice]) -> Numbers:
        raise PortRefusedError("no invoices here")


class RefusesSales(SoundSales):
    """Declares sales, and enters none."""

    def post_sales(self, sales: Sequence[Sale]) -> Numbers:
        raise PortRefusedError("no sales here")


CARRIER = (
    Capability.LABEL_LOOK_UP,
    Capability.LABEL_VOID,
    Capability.MULTI_PIECE,
    Capability.MANIFEST,
    Capability.PICKUP,
)
TOLD = (Capability.ORDERS_TOLD, Capability.SHIPMENTS_TOLD, Capability.STOCK_TOLD, Capability.ACKNOWLEDGED)
KITS: dict[Capability, tuple[type[PortLaws], Callable[[], object], str]] = {
    Capability.CALLBACKS: (
        declaring(CarrierConformance, *CARRIER, Capability.CALLBACKS),
        partial(DepotHarness, CallingCarrier),
        "test_a_callback_nobody_signed_is_not_believed",
    ),
    Capability.SIGNED: (
        declaring(ChannelConformance, *TOLD, Capability.SIGNED),
        SignedChannel,
        "test_a_document_nobody_signed_is_not_believed",
    ),
    Capability.BOUNCES: (
        declaring(NoticeConformance, Capability.BOUNCES),
        ReadingNotices,
        "test_mail_that_is_no_bounce_is_not_taken_for_one",
    ),
    Capability.INVOICES_ENTERED: (
        declaring(ErpConformance, Capability.INVOICES_ENTERED, Capability.NUMBERS_TOLD),
        SoundInvoices,
        "test_no_invoices_are_no_error",
    ),
    Capability.SALES_ENTERED: (
        declaring(ErpConformance, Capability.SALES_ENTERED, Capability.NUMBERS_TOLD),
        SoundSales,
        "test_no_sales_are_no_error",
    ),
}


@pytest.mark.parametrize("word", KITS)
def test_a_sound_adapter_with_the_word_is_rejected_by_no_law_and_skips_none(word: Capability) -> None:
    kit, sound, _ = KITS[word]
    assert (rejected_by(kit, sound), skipped_by(kit, sound)) == (set(), {})


@pytest.mark.parametrize(
    ("word", "broken"),
    [
        (Capability.CALLBACKS, partial(DepotHarness, BelievesAnybody)),
        (Capability.CALLBACKS, partial(DepotHarness, ReadsNoCallback)),
        (Capability.SIGNED, ChecksTheLength),
        (Capability.BOUNCES, TakesMailForBounces),
        (Capability.BOUNCES, SaysNotWhy),
        (Capability.INVOICES_ENTERED, RefusesInvoices),
        (Capability.SALES_ENTERED, RefusesSales),
    ],
)
def test_a_broken_adapter_with_the_word_is_rejected_by_exactly_its_law(
    word: Capability, broken: Callable[[], object]
) -> None:
    kit, _, law = KITS[word]
    assert rejected_by(kit, broken) == {law}


@pytest.mark.parametrize(
    ("kit", "harness", "words"),
    [
        (CarrierConformance, DepotHarness, (*CARRIER, Capability.CALLBACKS)),
        (CarrierConformance, partial(DepotHarness, CallingCarrier), CARRIER),
    ],
)
def test_callbacks_are_declared_exactly_where_they_are_read(
    kit: type[PortLaws], harness: Callable[[], object], words: tuple[Capability, ...]
) -> None:
    assert DECLARED in rejected_by(declaring(kit, *words), harness)
