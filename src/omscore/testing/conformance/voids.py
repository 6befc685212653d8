"""The laws of carriers that take back labels that were not used: each is given back once, and nobody else's with it."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import pytest

from omscore.errors import PortError, PortRefusedError, PortTransientError, PortUnknownError
from omscore.plugins import Capability
from omscore.ports.carriers import Label
from omscore.ports.labels import LabelVoid, VoidAnswer, VoidRequest, VoidState
from omscore.records import changed
from omscore.testing.conformance.carrierlaws import CarrierHarness, CarrierLaws
from omscore.testing.conformance.ports import (
    NOON,
    Promise,
    hides,
    needs,
    nothing_is_certain,
    refused,
    try_again_is_right,
)
from omscore.testing.faults import Fault

STRANGE = "NO-SUCH-PARCEL"


@runtime_checkable
class VoidHarness(Protocol):
    """What the harness of a carrier that takes labels back tells beside the rest."""

    def voided(self, tracking_number: str) -> int | None:
        """How often the carrier took the label of that number back, or took note that it is to come back.

        Shape: None when giving one back does nothing outside the program.
        """
        ...


class VoidLaws(CarrierLaws):
    """Every law of labels that are given back."""

    @needs(Capability.LABEL_VOID)
    def test_a_label_that_was_bought_can_be_given_back_and_no_other_goes_with_it(self, harness: CarrierHarness) -> None:
        port = self._voids(harness)
        (wish, _), (_, other) = self._bought(harness, "one"), self._bought(harness, "two")
        _not_refused(port.void_label(wish), "a label that was just bought")
        self._given_back_once(harness, wish)
        assert self._world(harness).voided(other.tracking_number) in (0, None), "another label was given back with it"

    @needs(Capability.LABEL_VOID)
    def test_a_label_given_back_twice_is_given_back_once(self, harness: CarrierHarness) -> None:
        port = self._voids(harness)
        wish, _ = self._bought(harness)
        _not_refused(port.void_label(wish), "a label that was just bought")
        self._asked_again(harness, wish)

    @needs(Capability.LABEL_VOID, Fault.LOST_ANSWER)
    def test_a_label_given_back_whose_answer_was_lost_is_given_back_once(self, harness: CarrierHarness) -> None:
        port = self._voids(harness)
        wish, _ = self._bought(harness)
        self.broken(harness, Fault.LOST_ANSWER)
        nothing_is_certain(lambda: port.void_label(wish), "an answer lost after a label was given back")
        self._asked_again(harness, wish)

    @needs(Capability.LABEL_VOID, Promise.KNOWN, Fault.TWICE)
    def test_a_wish_to_give_a_label_back_that_arrives_twice_gives_it_back_once(self, harness: CarrierHarness) -> None:
        port = self._voids(harness)
        wish, _ = self._bought(harness)
        self.broken(harness, Fault.TWICE)
        try:
            answer = port.void_label(wish)
        except (PortTransientError, PortUnknownError):
            answer = port.void_label(changed(wish, is_again=True))
        _not_refused(answer, "a label whose giving back arrived twice")
        self._given_back_once(harness, wish)

    @needs(Capability.LABEL_VOID)
    def test_a_number_nobody_sold_is_not_given_back(self, harness: CarrierHarness) -> None:
        port = self._voids(harness)
        wish, label = self._bought(harness)
        with refused("a label of a number nobody sold, given back,"):
            _told(port.void_label(changed(wish, tracking_number=STRANGE)))
        for number in (STRANGE, label.tracking_number):
            assert self._world(harness).voided(number) in (0, None), f"{number} was given back all the same"

    @needs(Capability.LABEL_VOID, Fault.GARBAGE)
    def test_an_answer_nobody_can_read_does_not_say_what_became_of_a_label(self, harness: CarrierHarness) -> None:
        port = self._voids(harness)
        wish, _ = self._bought(harness)
        self.broken(harness, Fault.GARBAGE)
        nothing_is_certain(lambda: port.void_label(wish), "an answer to a label given back that is garbage")
        self._asked_again(harness, wish)

    @needs(Capability.LABEL_VOID, Fault.DOWN)
    def test_a_label_that_could_not_be_given_back_now_can_be_later(self, harness: CarrierHarness) -> None:
        port = self._voids(harness)
        wish, label = self._bought(harness)
        self.broken(harness, Fault.DOWN)
        try_again_is_right(lambda: port.void_label(wish), "a label given back while the carrier is down")
        assert self._world(harness).voided(label.tracking_number) in (0, None)
        # Nothing happened, and an adapter may have said that it cannot know: then it is told that it is asked again.
        port.void_label(changed(wish, is_again=True))
        self._given_back_once(harness, wish)

    @needs(Capability.LABEL_VOID)
    def test_neither_secrets_nor_addresses_stand_in_what_is_said_to_a_label_given_back(
        self, harness: CarrierHarness
    ) -> None:
        port = self._voids(harness)
        errors: list[BaseException] = []
        for number, fault in enumerate((None, *sorted(harness.faults))):
            try:
                wish, _ = self._bought(harness, f"said-{number}")
                if fault is None:
                    wish = changed(wish, tracking_number=STRANGE)
                else:
                    harness.break_next(fault)
                _told(port.void_label(wish))
            except PortError as error:  # of buying too, where an adapter that says no by itself left a fault waiting
                errors.append(error)
        assert errors, "no call failed, so no message was looked at"
        recipient = harness.recipient
        hides(errors, (*harness.secrets, recipient.recipient, *recipient.lines), harness.port)

    def _voids(self, harness: CarrierHarness) -> LabelVoid:
        assert isinstance(harness.port, LabelVoid)
        return harness.port

    def _world(self, harness: CarrierHarness) -> VoidHarness:
        if not isinstance(harness, VoidHarness):
            pytest.fail("a carrier that takes labels back needs a harness with voided(tracking_number)")
        return harness

    def _bought(self, harness: CarrierHarness, name: str = "label") -> tuple[VoidRequest, Label]:
        """A label, and the wish to give it back."""
        request = self.request(harness, name)
        label = harness.port.buy_label(request)
        wish = VoidRequest(key=request.key, tracking_number=label.tracking_number, carrier=label.carrier, at=NOON)
        return wish, label

    def _asked_again(self, harness: CarrierHarness, wish: VoidRequest) -> None:
        """Ask as the engine does when it may have asked before: the label is given back, once, and nobody denies it."""
        _not_refused(self._voids(harness).void_label(changed(wish, is_again=True)), "a label given back before")
        self._given_back_once(harness, wish)

    def _given_back_once(self, harness: CarrierHarness, wish: VoidRequest) -> None:
        times = self._world(harness).voided(wish.tracking_number)
        assert times in (1, None), f"{wish.tracking_number} was given back {times} times"


def _not_refused(answer: VoidAnswer, what: str) -> None:
    assert answer.state is not VoidState.REFUSED, f"{what} is refused ({answer.says or 'without a word'})"


def _told(answer: VoidAnswer) -> None:
    """Raises: PortRefusedError for a no that was answered, as the engine takes both for the same."""
    if answer.state is VoidState.REFUSED:
        raise PortRefusedError(answer.says)
