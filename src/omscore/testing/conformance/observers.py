"""The laws of a way of telling other programs, one per test, for any adapter of `omscore.ports.observers`.

An author subclasses `ObserverConformance`, names the provider, and gives the fixture `harness`: the opened adapter and
what its receivers heard.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Protocol

from omscore.border import JsonValue
from omscore.errors import PortError
from omscore.ports.observers import ObserverPort, Occurrence
from omscore.records import frozen
from omscore.testing.conformance.ports import (
    NOON,
    Harness,
    PortLaws,
    hides,
    needs,
    not_denied,
    skipped,
    try_again_is_right,
)
from omscore.testing.faults import Fault
from omscore.testing.hostile import disordered

__all__ = ["Heard", "ObserverConformance", "ObserverHarness"]

_LATER = timedelta(days=30)
_SKEW = timedelta(minutes=2)


@frozen(kw_only=True)
class Heard:
    """One message as its receiver has it. Shape: `content` is what the event itself says, read as JSON."""

    receiver: str
    message_id: str
    event: str
    stream: str
    version: int
    content: JsonValue


class ObserverHarness(Harness, Protocol):
    """An adapter for observers and its receivers, used by nobody else.

    Shape: `receivers` are at least two that want the event `OrderPlaced`. `heard` is every message that arrived,
    oldest first, with those that came twice. `is_believed` tells whether a receiver whose clock shows `now` believes
    that the newest message is from us; None where messages bear no proof.
    """

    @property
    def port(self) -> ObserverPort: ...

    @property
    def receivers(self) -> tuple[str, str]: ...

    def heard(self) -> Sequence[Heard]: ...

    def is_believed(self, now: datetime) -> bool | None: ...


class ObserverConformance(PortLaws):
    """Every law that holds for every way of telling other programs."""

    def occurrence(self, name: str = "evt_1", version: int = 1) -> Occurrence:
        """An event as the engine tells it."""
        return Occurrence(
            message_id=self.key(name),
            event="OrderPlaced",
            stream="order/ord_1",
            version=version,
            at=NOON,
            body='{"name":"Grün \\"quoted\\"","units":3,"net":"10.00"}',
        )

    def test_who_wants_what_is_told_by_name(self, harness: ObserverHarness) -> None:
        wanted = harness.port.wanted
        assert set(harness.receivers) <= set(wanted)
        assert all("OrderPlaced" in wanted[each] for each in harness.receivers)

    def test_an_occurrence_is_heard_as_it_was_recorded_by_the_receiver_it_is_for(
        self, harness: ObserverHarness
    ) -> None:
        told = self.occurrence()
        harness.port.tell(harness.receivers[0], told, NOON)
        assert list(harness.heard()) == [self._as_heard(harness.receivers[0], told)]

    def test_what_is_told_again_is_known_as_the_same(self, harness: ObserverHarness) -> None:
        told = self.occurrence()
        for days in (0, 1, 30):
            harness.port.tell(harness.receivers[0], told, NOON + timedelta(days=days))
        assert set(map(repr, harness.heard())) == {repr(self._as_heard(harness.receivers[0], told))}

    def test_two_occurrences_are_two_messages_for_each_receiver(self, harness: ObserverHarness) -> None:
        one, two = self.occurrence("evt_1"), self.occurrence("evt_2", version=2)
        for receiver in harness.receivers:
            for told in (one, two):
                harness.port.tell(receiver, told, NOON)
        assert [(each.receiver, each.message_id, each.version) for each in harness.heard()] == [
            (receiver, told.message_id, told.version) for receiver in harness.receivers for told in (one, two)
        ]

    def test_occurrences_told_twice_and_in_any_order_are_each_heard_as_they_are(self, harness: ObserverHarness) -> None:
        every = [self.occurrence(f"evt_{number}", version=number) for number in range(1, 5)]
        for told in disordered(every, seed=4):
            harness.port.tell(harness.receivers[0], told, NOON)
        wanted = {repr(self._as_heard(harness.receivers[0], told)) for told in every}
        assert set(map(repr, harness.heard())) == wanted

    def test_workers_that_tell_at_once_mix_nothing_up(self, harness: ObserverHarness) -> None:
        every = [self.occurrence(f"evt_{number}", version=number) for number in range(1, 9)]
        with ThreadPoolExecutor(4) as workers:
            list(workers.map(lambda told: harness.port.tell(harness.receivers[0], told, NOON), every))
        found = sorted(harness.heard(), key=lambda each: each.version)
        assert found == [self._as_heard(harness.receivers[0], told) for told in every]

    def test_a_message_told_long_after_its_event_is_believed(self, harness: ObserverHarness) -> None:
        for late in (timedelta(0), _LATER):
            harness.port.tell(harness.receivers[0], self.occurrence(), NOON + late)
            for skew in (-_SKEW, timedelta(0), _SKEW):
                believed = harness.is_believed(NOON + late + skew)
                if believed is None:
                    skipped(f"messages of {self.provider.name} bear no proof")
                assert believed, f"told {late} after the event, to a clock that is off by {skew}"

    @needs(Fault.DOWN)
    def test_a_receiver_that_is_down_is_told_later(self, harness: ObserverHarness) -> None:
        told = self.occurrence()
        self.broken(harness, Fault.DOWN)
        try_again_is_right(lambda: harness.port.tell(harness.receivers[0], told, NOON), "a receiver that is down")
        assert list(harness.heard()) == []
        harness.port.tell(harness.receivers[0], told, NOON)
        assert list(harness.heard()) == [self._as_heard(harness.receivers[0], told)]

    @needs(Fault.LOST_ANSWER)
    def test_a_lost_answer_does_not_end_the_telling(self, harness: ObserverHarness) -> None:
        told = self.occurrence()
        self.broken(harness, Fault.LOST_ANSWER)
        try_again_is_right(lambda: harness.port.tell(harness.receivers[0], told, NOON), "an answer that was lost")
        assert len(harness.heard()) == 1

    @needs(Fault.GARBAGE)
    def test_an_answer_nobody_can_read_does_not_end_the_telling(self, harness: ObserverHarness) -> None:
        told = self.occurrence()
        self.broken(harness, Fault.GARBAGE)
        try_again_is_right(lambda: harness.port.tell(harness.receivers[0], told, NOON), "an answer that is garbage")

    @needs(Fault.TWICE)
    def test_a_message_that_arrives_twice_is_known_as_the_same(self, harness: ObserverHarness) -> None:
        told = self.occurrence()
        self.broken(harness, Fault.TWICE)
        not_denied(lambda: harness.port.tell(harness.receivers[0], told, NOON), "a message that arrived twice")
        assert {each.message_id for each in harness.heard()} == {told.message_id}

    @needs(Fault.DOWN)
    def test_secrets_stand_in_no_message(self, harness: ObserverHarness) -> None:
        secrets = self.told_secrets(harness)
        errors: list[BaseException] = []
        for number, fault in enumerate(sorted(harness.faults)):
            harness.break_next(fault)
            try:
                harness.port.tell(harness.receivers[0], self.occurrence(f"evt_{number}"), NOON)
            except PortError as error:
                errors.append(error)
        assert errors, "no call failed, so no message was looked at"
        hides(errors, (*secrets, "quoted"), harness.port)

    def _as_heard(self, receiver: str, told: Occurrence) -> Heard:
        return Heard(
            receiver=receiver,
            message_id=told.message_id,
            event=told.event,
            stream=told.stream,
            version=told.version,
            content={"name": 'Grün "quoted"', "units": 3, "net": "10.00"},
        )
