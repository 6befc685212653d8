"""The laws of signed messages that come in, for adapters with `Capability.CALLBACKS` or `Capability.SIGNED`.

An author subclasses `CallbackConformance`, names the provider, and gives the fixture `harness`: how the sender signs,
and what the adapter makes of a message. Messages come late, twice and in any order, and clocks are wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

import pytest

from omscore.errors import InputError, OmsError, RefusedError
from omscore.plugins import Capability
from omscore.testing.conformance.ports import NOON, PortLaws, hides
from omscore.testing.hostile import disordered

__all__ = ["CallbackConformance", "CallbackHarness"]

_MOST_CHANGES = 80
_LONG = timedelta(days=400)


class CallbackHarness(Protocol):
    """The sender of messages, and an adapter that reads them.

    Shape: `bodies` are at least three messages that tell different things. `sign` gives the headers the sender would
    send at a moment. `read` is what the adapter tells of a message when its own clock shows `now`; equal answers are
    equal by `==`, so the moment of reading is left out, and what is about nothing of ours is None or empty. `tolerance`
    is how far the moment of signing may be from `now`, None where no moment is signed. `secrets` are those the messages
    are signed with.
    """

    @property
    def bodies(self) -> tuple[bytes, ...]: ...

    @property
    def tolerance(self) -> timedelta | None: ...

    @property
    def secrets(self) -> tuple[str, ...]: ...

    def sign(self, body: bytes, at: datetime) -> Mapping[str, str]: ...

    def read(self, body: bytes, headers: Mapping[str, str], now: datetime) -> object: ...


class CallbackConformance(PortLaws):
    """Every law that holds for every adapter that believes signed messages."""

    about = frozenset({Capability.CALLBACKS, Capability.SIGNED})

    def test_a_signed_message_tells_what_it_is_about(self, harness: CallbackHarness) -> None:
        told = [self._heard(harness, body) for body in self._bodies(harness)]
        assert all(told), "a message of the harness tells nothing"
        for number, each in enumerate(told):
            assert each not in told[:number], "two messages tell the same; they could not be told apart"

    def test_every_changed_byte_of_a_message_is_refused(self, harness: CallbackHarness) -> None:
        body = self._bodies(harness)[0]
        headers = harness.sign(body, NOON)
        step = max(1, len(body) // _MOST_CHANGES)
        for place in range(0, len(body), step):
            forged = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
            _disbelieved(harness, forged, headers, f"byte {place} was changed")
        _disbelieved(harness, body + b" ", headers, "a byte was added")

    def test_every_changed_character_of_what_is_signed_is_refused(self, harness: CallbackHarness) -> None:
        body = self._bodies(harness)[0]
        headers = dict(harness.sign(body, NOON))
        used = [name for name in headers if _is_refused(harness, body, {**headers, name: ""})]
        assert used, "no header is needed, so nothing is checked"
        for name in used:
            value = headers[name]
            for place in range(0, len(value), max(1, len(value) // _MOST_CHANGES)):
                other = "0" if value[place] != "0" else "1"
                forged = {**headers, name: value[:place] + other + value[place + 1 :]}
                _disbelieved(harness, body, forged, f"character {place} of {name} was changed")

    def test_the_signature_of_another_message_is_refused(self, harness: CallbackHarness) -> None:
        first, second = self._bodies(harness)[:2]
        _disbelieved(harness, first, harness.sign(second, NOON), "the signature is of another message")

    def test_a_message_without_a_signature_is_refused(self, harness: CallbackHarness) -> None:
        for headers in ({}, {name: "" for name in harness.sign(b"{}", NOON)}):
            _disbelieved(harness, self._bodies(harness)[0], headers, "there is no signature")

    def test_messages_that_come_twice_and_in_any_order_tell_each_the_same(self, harness: CallbackHarness) -> None:
        alone = {body: self._heard(harness, body) for body in self._bodies(harness)}
        for seed in range(12):
            for body in disordered(tuple(alone), seed):
                assert self._heard(harness, body) == alone[body], f"seed {seed}: what was told depends on the order"

    def test_a_clock_that_is_wrong_is_borne_as_far_as_the_tolerance_and_no_further(
        self, harness: CallbackHarness
    ) -> None:
        body = self._bodies(harness)[0]
        alone = self._heard(harness, body)
        second, tolerance = timedelta(seconds=1), harness.tolerance
        for direction in (-1, 1):
            skew = direction * (_LONG if tolerance is None else tolerance - second)
            headers = harness.sign(body, NOON)
            assert harness.read(body, headers, NOON + skew) == alone, f"a clock off by {skew}"
            if tolerance is not None:
                late = NOON + direction * (tolerance + second)
                _disbelieved(harness, body, headers, f"it was signed at {NOON}, and it is {late}", late)

    def test_what_is_signed_and_makes_no_sense_is_refused_or_tells_nothing(self, harness: CallbackHarness) -> None:
        whole = self._bodies(harness)[0]
        nonsense = (b"", b"{", b"null", b"[]", b"{}", b"0", b'"a"', b"\xff\x00", b"<html>", whole[: len(whole) // 2])
        for body in nonsense:
            try:
                told = harness.read(body, harness.sign(body, NOON), NOON)
            except (InputError, RefusedError):
                continue
            assert not told, f"{body!r} is no message, and the adapter tells {told!r} of it"

    def test_secrets_stand_in_no_message(self, harness: CallbackHarness) -> None:
        assert harness.secrets, "messages are signed with a secret; name it"
        body = self._bodies(harness)[0]
        headers = harness.sign(body, NOON)
        errors: list[BaseException] = []
        for forged, others in ((body + b" ", headers), (body, {}), (b"{", harness.sign(b"{", NOON))):
            try:
                harness.read(forged, others, NOON)
            except OmsError as error:
                errors.append(error)
        assert errors, "no message was refused, so no error was looked at"
        hides(errors, harness.secrets, harness)

    def test_what_is_declared_is_there(self, harness: CallbackHarness) -> None:
        assert self.about & self.provider.capabilities, (
            f"{self.provider.name} declares neither {' nor '.join(sorted(self.about))}, and reads signed messages"
        )

    def _bodies(self, harness: CallbackHarness) -> tuple[bytes, ...]:
        assert len(harness.bodies) >= 3, "the harness gives fewer than three messages"
        return harness.bodies

    def _heard(self, harness: CallbackHarness, body: bytes) -> object:
        return harness.read(body, harness.sign(body, NOON), NOON)


def _is_refused(harness: CallbackHarness, body: bytes, headers: Mapping[str, str]) -> bool:
    try:
        harness.read(body, headers, NOON)
    except (InputError, RefusedError):
        return True
    return False


def _disbelieved(
    harness: CallbackHarness, body: bytes, headers: Mapping[str, str], why: str, now: datetime = NOON
) -> None:
    """Fail unless the message is refused."""
    try:
        told = harness.read(body, headers, now)
    except (InputError, RefusedError) as error:
        assert str(error).strip()
        return
    pytest.fail(f"{why}, and the adapter believes it: {told!r}")
