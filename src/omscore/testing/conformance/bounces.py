"""The laws of reading bounces, for adapters of notices with `Capability.BOUNCES`.

An author subclasses `BounceConformance`, names the provider, and gives the fixture `harness`: the opened adapter, and
the mail that comes back when a letter it sent is not delivered.
"""

from __future__ import annotations

from typing import Protocol

from omscore.plugins import Capability
from omscore.ports.bounces import BounceReading, MailKind, ReadMail
from omscore.testing.conformance.ports import PortLaws

__all__ = ["BounceConformance", "BounceHarness"]

_MOST_CHANGES = 150
_KEYS = ("ord_1.notice.shipped", "ord_2.notice.shipped", "cart:7/é.notice.cart_reminder@3")
_STATUSES = ("5.1.1", "4.4.7", "5.7.26")


class BounceHarness(Protocol):
    """An adapter and the mail systems its letters go to.

    Shape: `came_back` is the message in which a mail system tells what became of the letter sent under a key, an action
    of RFC 3464 such as `failed` or `delayed`; `receiver` is who the letter was for, and stands in it. `of_another` is
    the same about a letter of another shop, sent under that very key.
    """

    @property
    def port(self) -> BounceReading: ...

    @property
    def receiver(self) -> str: ...

    def came_back(self, key: str, action: str, status: str) -> bytes: ...

    def of_another(self, key: str) -> bytes: ...


class BounceConformance(PortLaws):
    """Every law that holds for every adapter that reads bounces."""

    about = frozenset({Capability.BOUNCES})

    def test_a_failure_names_its_letter_and_its_status(self, harness: BounceHarness) -> None:
        for key in _KEYS:
            for status in _STATUSES:
                found = harness.port.read_bounce(harness.came_back(key, "failed", status))
                assert found == ReadMail(kind=MailKind.BOUNCE, letter=key, status=status)

    def test_what_is_delayed_or_was_delivered_is_no_bounce(self, harness: BounceHarness) -> None:
        for action, status in (("delayed", "4.4.1"), ("delivered", "2.0.0"), ("relayed", "2.0.0")):
            found = harness.port.read_bounce(harness.came_back(_KEYS[0], action, status))
            assert found.kind is MailKind.OTHER, f"{action} was taken for {found.kind}"
            assert not found.letter and found.says.strip()

    def test_a_bounce_of_another_shop_is_not_ours_whatever_its_key(self, harness: BounceHarness) -> None:
        found = harness.port.read_bounce(harness.of_another(_KEYS[0]))
        assert found.kind is MailKind.FOREIGN, f"the letter of somebody else was taken for {found.kind}"
        assert not found.letter and found.says.strip()

    def test_no_changed_byte_makes_it_another_letter(self, harness: BounceHarness) -> None:
        message = harness.came_back(_KEYS[0], "failed", _STATUSES[0])
        at = {place for place in range(0, len(message), max(1, len(message) // _MOST_CHANGES))}
        name = message.find(b"ord_1")
        if name >= 0:
            at |= set(range(name, name + len(_KEYS[0])))
        for place in sorted(at):
            forged = message[:place] + bytes([message[place] ^ 3]) + message[place + 1 :]
            found = harness.port.read_bounce(forged)
            assert found.letter in ("", _KEYS[0]), f"byte {place} was changed, and it is about {found.letter!r}"

    def test_whatever_the_bytes_are_there_is_an_answer(self, harness: BounceHarness) -> None:
        whole = harness.came_back(_KEYS[0], "failed", _STATUSES[0])
        nested = b"".join(b"Content-Type: multipart/report; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(4_000))
        nonsense = (b"", b"\0" * 100, b"\xff\xfe", b"Subject: hello\n\nIs it there?\n", nested, b"(" * 100_000)
        cut = [whole[:place] for place in range(0, len(whole), max(1, len(whole) // 50))]
        for message in (*nonsense, *cut):
            found = harness.port.read_bounce(message)
            assert found.letter in ("", _KEYS[0])
            assert found.says.strip() or found.kind is MailKind.BOUNCE, f"{found.kind} without a reason"

    def test_who_it_was_for_stands_in_no_answer(self, harness: BounceHarness) -> None:
        whole = harness.came_back(_KEYS[0], "failed", _STATUSES[0])
        assert harness.receiver.encode() in whole, "the harness says who the letter was for, and it is not in the mail"
        others = [harness.came_back(_KEYS[0], "delayed", "4.4.1"), harness.of_another(_KEYS[0])]
        for message in (whole, *others, whole.replace(b"ction", b"ctoin")):
            found = harness.port.read_bounce(message)
            assert harness.receiver not in f"{found.letter} {found.says}", "the answer tells who it was for"

    def test_what_is_declared_is_there(self, harness: BounceHarness) -> None:
        self.declares(Capability.BOUNCES, offers=isinstance(harness.port, BounceReading))
