"""The laws of a way of telling people things, one per test, for any adapter of `omscore.ports.notices`.

An author subclasses `NoticeConformance`, names the provider, and gives the fixture `harness`: the opened adapter and
what arrived behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Protocol

from omscore.errors import PortError, PortRefusedError, PortTransientError, PortUnknownError
from omscore.plugins import Capability
from omscore.ports.bounces import BounceReading, MailKind
from omscore.ports.notices import Notice, NoticePort
from omscore.records import changed, frozen
from omscore.testing.conformance.ports import (
    NOON,
    Harness,
    PortLaws,
    Promise,
    hides,
    needs,
    nothing_is_certain,
    skipped,
    try_again_is_right,
)
from omscore.testing.faults import Fault

__all__ = ["Arrived", "NoticeConformance", "NoticeHarness"]


@frozen(kw_only=True)
class Arrived:
    """One message as its receiver sees it. Shape: `to` are all who got it."""

    to: tuple[str, ...]
    subject: str
    text: str


class NoticeHarness(Harness, Protocol):
    """An adapter for notices and the world it sends to, used by nobody else.

    Shape: `arrived` is every message that arrived so far, oldest first. `shop` is who gets what is meant for the shop's
    own people.
    """

    @property
    def port(self) -> NoticePort: ...

    @property
    def shop(self) -> str: ...

    def arrived(self) -> Sequence[Arrived]: ...


class NoticeConformance(PortLaws):
    """Every law that holds for every way of telling people things."""

    def notice(self, name: str = "n1") -> Notice:
        """A message to a customer."""
        return Notice(
            key=self.key(name),
            to="a.reader@example.org",
            subject="Your order ord_1 is on its way",
            text="Two teapots left today.\n\nThank you.",
            at=NOON,
        )

    def test_a_notice_arrives_once_and_as_it_was_written(self, harness: NoticeHarness) -> None:
        notice = self.notice()
        harness.port.send(notice)
        (found,) = harness.arrived()
        assert (found.to, found.subject) == ((notice.to,), notice.subject)
        assert found.text.split() == notice.text.split()

    def test_letters_of_every_script_arrive(self, harness: NoticeHarness) -> None:
        notice = changed(self.notice(), subject="Grüße, Ελλάδα, 日本", text="Łódź — 1 200 ₽, 🎁")
        harness.port.send(notice)
        (found,) = harness.arrived()
        assert (found.subject, found.text.split()) == (notice.subject, notice.text.split())

    @needs(Promise.KEYS)
    def test_the_same_key_twice_arrives_once(self, harness: NoticeHarness) -> None:
        harness.port.send(self.notice())
        harness.port.send(self.notice())
        assert len(harness.arrived()) == 1

    @needs(Promise.KEYS)
    def test_two_workers_that_send_one_key_at_once_tell_it_once(self, harness: NoticeHarness) -> None:
        with ThreadPoolExecutor(4) as workers:
            list(workers.map(harness.port.send, [self.notice()] * 8))
        assert len(harness.arrived()) == 1

    def test_two_keys_are_two_messages_even_with_one_text(self, harness: NoticeHarness) -> None:
        harness.port.send(self.notice("n1"))
        harness.port.send(self.notice("n2"))
        assert len(harness.arrived()) == 2

    def test_what_is_for_the_shop_goes_to_its_own_people(self, harness: NoticeHarness) -> None:
        harness.port.send(changed(self.notice(), to="shop"))
        assert [each.to for each in harness.arrived()] == [(harness.shop,)]

    def test_nothing_in_a_message_adds_a_receiver_or_a_message(self, harness: NoticeHarness) -> None:
        """Refused, or told to the one it is for: both will do."""
        plain = self.notice()
        attacks = (
            changed(plain, subject="Hello\r\nBcc: thief@example.net"),
            changed(plain, subject="Hello\nTo: thief@example.net\n\nText"),
            changed(plain, text="Hello\r\n.\r\nMAIL FROM:<thief@example.net>\r\nTo: thief@example.net\r\n\r\nMore"),
            changed(plain, to="a.reader@example.org, thief@example.net"),
            changed(plain, to="a.reader@example.org\r\nBcc: thief@example.net"),
        )
        for number, attack in enumerate(attacks):
            before = len(harness.arrived())
            notice = changed(attack, key=self.key(f"attack{number}"))
            try:
                harness.port.send(notice)
            except PortRefusedError:
                assert len(harness.arrived()) == before
                continue
            (found,) = harness.arrived()[before:]
            assert len(found.to) == 1
            assert found.to[0].startswith("a.reader@example.org")

    @needs(Fault.LOST_ANSWER)
    def test_a_notice_whose_answer_was_lost_does_not_arrive_twice(self, harness: NoticeHarness) -> None:
        self.broken(harness, Fault.LOST_ANSWER)
        nothing_is_certain(lambda: harness.port.send(self.notice()), "an answer lost after sending")
        assert len(harness.arrived()) == 1
        if not self.keeps_keys:
            return
        harness.port.send(self.notice())
        assert len(harness.arrived()) == 1

    @needs(Promise.KEYS, Fault.TWICE)
    def test_a_notice_that_is_handed_over_twice_arrives_once(self, harness: NoticeHarness) -> None:
        self.broken(harness, Fault.TWICE)
        with suppress(PortTransientError, PortUnknownError):
            harness.port.send(self.notice())
        assert len(harness.arrived()) == 1

    @needs(Promise.KEYS, Fault.LATE)
    def test_a_notice_that_is_overtaken_by_its_repetition_arrives_once(self, harness: NoticeHarness) -> None:
        self.broken(harness, Fault.LATE)
        try_again_is_right(lambda: harness.port.send(self.notice()), "a notice that is still on its way")
        harness.port.send(self.notice())
        assert len(harness.arrived()) == 1

    @needs(Fault.GARBAGE)
    def test_an_answer_nobody_can_read_leaves_the_outcome_unknown(self, harness: NoticeHarness) -> None:
        self.broken(harness, Fault.GARBAGE)
        nothing_is_certain(lambda: harness.port.send(self.notice()), "an answer that is garbage")

    @needs(Fault.DOWN)
    def test_what_did_not_get_through_can_be_sent_again(self, harness: NoticeHarness) -> None:
        self.broken(harness, Fault.DOWN)
        try_again_is_right(lambda: harness.port.send(self.notice()), "a mail system that is down")
        assert list(harness.arrived()) == []
        harness.port.send(self.notice())
        assert len(harness.arrived()) == 1

    @needs(Capability.BOUNCES)
    def test_mail_that_is_no_bounce_is_not_taken_for_one(self, harness: NoticeHarness) -> None:
        """The harness opens the adapter so that it knows its letters; other laws of bounces are a kit of their own."""
        assert isinstance(harness.port, BounceReading)
        for message in (b"", b"\xff\x00", b"Subject: hello\n\nIs it there?\n"):
            found = harness.port.read_bounce(message)
            assert found.kind is not MailKind.BOUNCE and not found.letter, f"{message!r} was taken for a bounce"
            assert found.says.strip(), f"{found.kind} without a reason"

    def test_what_is_declared_is_there(self, harness: NoticeHarness) -> None:
        self.declares_keys(harness.port)
        self.declares(Capability.BOUNCES, offers=isinstance(harness.port, BounceReading))

    @needs(Fault.DOWN)
    def test_neither_secrets_nor_what_is_written_stand_in_a_message_of_failure(self, harness: NoticeHarness) -> None:
        if not harness.faults:
            skipped(f"the harness of {self.provider.name} can bring about no fault")
        secrets = self.told_secrets(harness)
        errors: list[BaseException] = []
        for number, fault in enumerate(sorted(harness.faults)):
            harness.break_next(fault)
            try:
                harness.port.send(self.notice(f"n{number}"))
            except PortError as error:
                errors.append(error)
        assert errors, "no call failed, so no message was looked at"
        notice = self.notice()
        hides(errors, (*secrets, notice.to, "teapots"), harness.port)
