"""The laws of a carrier, one per test, to be run against any adapter of `omscore.ports.carriers`.

An author subclasses `CarrierConformance`, names the provider, and gives the fixture `harness`: the opened adapter, a
parcel and addresses it takes, and the world behind it, which counts the labels that were really bought.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest

from omscore.errors import InputError, PortError, PortRefusedError, PortTransientError, PortUnknownError
from omscore.places import destination_of
from omscore.plugins import Capability
from omscore.ports.carriers import (
    Label,
    LabelLookUp,
    LabelRequest,
    MultiPiece,
    TrackingEvent,
    TrackingRequest,
    TrackingStatus,
)
from omscore.ports.handovers import CarrierCollections, CarrierManifests
from omscore.ports.labels import LabelVoid, TrackingCallbacks
from omscore.records import changed
from omscore.testing.conformance.carrierlaws import CarrierHarness
from omscore.testing.conformance.handovers import HandOverHarness, HandOverLaws
from omscore.testing.conformance.multipiece import MultiPieceLaws
from omscore.testing.conformance.ports import (
    NOON,
    Promise,
    hides,
    needs,
    nothing_is_certain,
    refused,
    try_again_is_right,
)
from omscore.testing.conformance.voids import VoidHarness, VoidLaws
from omscore.testing.faults import Fault

__all__ = ["CarrierConformance", "CarrierHarness", "HandOverHarness", "VoidHarness"]


class CarrierConformance(MultiPieceLaws, VoidLaws, HandOverLaws):
    """Every law that holds for every carrier."""

    def test_quotes_come_cheapest_first_and_buy_nothing(self, harness: CarrierHarness) -> None:
        lane = (harness.sender.country, destination_of(harness.recipient), harness.parcel)
        quotes = harness.port.quotes(*lane)
        prices = [quote.price.minor for quote in quotes]
        assert prices and prices == sorted(prices)
        assert len({quote.price.currency for quote in quotes}) == 1, "prices in two currencies have no cheapest"
        assert len({(quote.carrier, quote.service) for quote in quotes}) == len(quotes), "a service is quoted twice"
        assert min(prices) >= 0 and min(quote.transit_days for quote in quotes) >= 0
        assert harness.port.quotes(*lane) == quotes
        assert harness.bought() in (0, None), "a quote bought a label"

    def test_a_place_nobody_goes_to_has_no_quote(self, harness: CarrierHarness) -> None:
        assert harness.port.quotes(harness.sender.country, harness.nowhere, harness.parcel) == ()

    def test_a_label_is_of_the_service_and_at_the_price_quoted(self, harness: CarrierHarness) -> None:
        lane = (harness.sender.country, destination_of(harness.recipient), harness.parcel)
        for quote in harness.port.quotes(*lane):
            wanted = changed(self.request(harness, f"label-{quote.service}"), service=quote.service)
            label = harness.port.buy_label(wanted)
            assert (label.carrier, label.service, label.price) == (quote.carrier, quote.service, quote.price)
            assert label.transit_days == quote.transit_days

    @needs(Promise.KEYS)
    def test_the_same_key_twice_is_one_label(self, harness: CarrierHarness) -> None:
        request = self.request(harness)
        first = harness.port.buy_label(request)
        assert harness.port.buy_label(request) == first
        self.bought_once(harness, request.key)

    @needs(Promise.KEYS)
    def test_two_workers_that_ask_with_one_key_at_once_get_one_label(self, harness: CarrierHarness) -> None:
        request = self.request(harness)
        with ThreadPoolExecutor(4) as workers:
            numbers = {label.tracking_number for label in workers.map(harness.port.buy_label, [request] * 8)}
        assert len(numbers) == 1
        self.bought_once(harness, request.key)

    def test_two_keys_are_two_labels(self, harness: CarrierHarness) -> None:
        one, two = self.request(harness, "one"), self.request(harness, "two")
        labels = (harness.port.buy_label(one), harness.port.buy_label(two))
        assert labels[0].tracking_number != labels[1].tracking_number
        assert all(label.tracking_number.strip() for label in labels)
        for request in (one, two):
            self.bought_once(harness, request.key)

    def test_a_label_can_be_printed(self, harness: CarrierHarness) -> None:
        documents = harness.port.buy_label(self.request(harness)).documents
        assert documents, "a label without a document cannot be stuck on a parcel"
        for document in documents:
            assert document.text.strip() and "/" in document.media_type

    def test_a_service_nobody_offers_is_refused_and_buys_nothing(self, harness: CarrierHarness) -> None:
        request = changed(self.request(harness), service="no-such-service")
        with refused("a label of a service nobody offers"):
            harness.port.buy_label(request)
        assert harness.bought() in (0, None), "the label was bought all the same"

    @needs(Fault.LOST_ANSWER)
    def test_a_label_whose_answer_was_lost_is_not_bought_twice(self, harness: CarrierHarness) -> None:
        request = self.request(harness)
        self.broken(harness, Fault.LOST_ANSWER)
        nothing_is_certain(lambda: harness.port.buy_label(request), "an answer lost after the label was bought")
        self._found_again(harness, request)

    @needs(Promise.KNOWN, Fault.TWICE)
    def test_a_request_that_arrives_twice_buys_one_label(self, harness: CarrierHarness) -> None:
        request = self.request(harness)
        self.broken(harness, Fault.TWICE)
        with suppress(PortTransientError, PortUnknownError):  # a refusal would say that no label is there
            harness.port.buy_label(request)
        harness.port.buy_label(request)
        self.bought_once(harness, request.key)

    @needs(Promise.KNOWN, Fault.LATE)
    def test_a_request_that_is_overtaken_by_its_repetition_buys_one_label(self, harness: CarrierHarness) -> None:
        request = self.request(harness)
        self.broken(harness, Fault.LATE)
        try_again_is_right(lambda: harness.port.buy_label(request), "a request that is still on its way")
        label = harness.port.buy_label(request)
        self.bought_once(harness, request.key)
        assert harness.port.buy_label(request) == label

    @needs(Fault.GARBAGE)
    def test_an_answer_nobody_can_read_leaves_the_outcome_unknown(self, harness: CarrierHarness) -> None:
        request = self.request(harness)
        self.broken(harness, Fault.GARBAGE)
        nothing_is_certain(lambda: harness.port.buy_label(request), "an answer that is garbage")
        self._found_again(harness, request)

    @needs(Fault.DOWN)
    def test_what_did_not_get_through_can_be_asked_again(self, harness: CarrierHarness) -> None:
        request = self.request(harness)
        self.broken(harness, Fault.DOWN)
        try_again_is_right(lambda: harness.port.buy_label(request), "a carrier that is down")
        assert harness.bought(request.key) in (0, None)
        harness.port.buy_label(request)
        self.bought_once(harness, request.key)

    @needs(Fault.DOWN)
    def test_a_carrier_that_cannot_be_asked_is_not_one_that_goes_nowhere(self, harness: CarrierHarness) -> None:
        self.broken(harness, Fault.DOWN)
        lane = (harness.sender.country, destination_of(harness.recipient), harness.parcel)
        try_again_is_right(lambda: harness.port.quotes(*lane), "a question for quotes that does not get through")

    @needs(Capability.LABEL_LOOK_UP)
    def test_a_label_can_be_looked_up_by_its_key(self, harness: CarrierHarness) -> None:
        assert isinstance(harness.port, LabelLookUp)
        request = self.request(harness)
        assert harness.port.look_up_label(request.key) is None
        label = harness.port.buy_label(request)
        assert harness.port.look_up_label(request.key) == label

    def test_scans_are_told_oldest_first_and_none_from_the_future(self, harness: CarrierHarness) -> None:
        request = self.request(harness)
        label = harness.port.buy_label(request)
        before: tuple[TrackingEvent, ...] = ()
        for days in (0, 1, 3, 30):
            asked = self._question(harness, label, days)
            scans = harness.port.track(asked)
            moments = [scan.at for scan in scans]
            assert moments == sorted(moments)
            assert all(moment.tzinfo is not None and moment <= asked.at for moment in moments)
            assert len(scans) >= len(before), "a scan that was told before is gone"
            before = scans

    def test_a_parcel_nobody_bought_a_label_for_is_not_delivered(self, harness: CarrierHarness) -> None:
        label = harness.port.buy_label(self.request(harness))
        strange = changed(label, tracking_number="NO-SUCH-PARCEL")
        try:
            scans = harness.port.track(self._question(harness, strange, days=30))
        except PortRefusedError:
            return
        assert {scan.status for scan in scans} <= {TrackingStatus.UNKNOWN}

    @needs(Capability.CALLBACKS)
    def test_a_callback_nobody_signed_is_not_believed(self, harness: CarrierHarness) -> None:
        """The harness opens the adapter with the secret of the callbacks; their other laws are a kit of their own."""
        assert isinstance(harness.port, TrackingCallbacks)
        for body in (b"", b"{}", b"<html>", b"\xff\x00"):
            with pytest.raises(InputError):
                harness.port.tracking_news(body, {})

    def test_what_is_declared_is_there(self, harness: CarrierHarness) -> None:
        self.declares_keys(harness.port)
        for capability, protocol in (
            (Capability.LABEL_LOOK_UP, LabelLookUp),
            (Capability.LABEL_VOID, LabelVoid),
            (Capability.CALLBACKS, TrackingCallbacks),
            (Capability.MULTI_PIECE, MultiPiece),
            (Capability.MANIFEST, CarrierManifests),
            (Capability.PICKUP, CarrierCollections),
        ):
            self.declares(capability, offers=isinstance(harness.port, protocol))

    def test_neither_secrets_nor_addresses_stand_in_a_message(self, harness: CarrierHarness) -> None:
        request = self.request(harness)
        errors: list[BaseException] = []
        for number, fault in enumerate((None, *sorted(harness.faults))):
            wrong = changed(request, key=self.key(f"wrong-{number}"))
            if fault is None:
                wrong = changed(wrong, service="no-such-service")
            else:
                harness.break_next(fault)
            try:
                harness.port.buy_label(wrong)
            except PortError as error:
                errors.append(error)
        assert errors, "no call failed, so no message was looked at"
        personal = (request.recipient.recipient, *request.recipient.lines)
        hides(errors, (*harness.secrets, *personal), harness.port)

    def _found_again(self, harness: CarrierHarness, request: LabelRequest) -> None:
        """The label is there once, and is found again by its key."""
        if Capability.LABEL_LOOK_UP in self.provider.capabilities and isinstance(harness.port, LabelLookUp):
            assert harness.port.look_up_label(request.key) is not None
        self.bought_once(harness, request.key)
        if not self.keeps_keys:
            return
        harness.port.buy_label(request)
        self.bought_once(harness, request.key)

    def _question(self, harness: CarrierHarness, label: Label, days: int) -> TrackingRequest:
        return TrackingRequest(
            tracking_number=label.tracking_number,
            service=label.service,
            origin_country=harness.sender.country,
            destination=destination_of(harness.recipient),
            handed_over_at=NOON,
            at=NOON + timedelta(days=days),
        )
