"""The laws of carriers that make manifests and come for parcels: each parcel listed once, each visit booked once."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Protocol, runtime_checkable

import pytest

from omscore.errors import PortRefusedError
from omscore.plugins import Capability
from omscore.ports.handovers import (
    CarrierCollections,
    CarrierManifests,
    ManifestRequest,
    ParcelToHandOver,
    PickupRequest,
)
from omscore.testing.conformance.carrierlaws import CarrierHarness, CarrierLaws
from omscore.testing.conformance.ports import NOON, needs, nothing_is_certain, refused
from omscore.testing.faults import Fault


@runtime_checkable
class HandOverHarness(Protocol):
    """What the harness of a carrier with manifests or pickups tells beside the rest."""

    def on_manifests(self, tracking_number: str) -> int:
        """How many manifests hold that parcel."""
        ...

    def visits(self, key: str) -> int:
        """How often the carrier would come for what was booked under that key."""
        ...


class HandOverLaws(CarrierLaws):
    """Every law of manifests and pickups."""

    @needs(Capability.MANIFEST)
    def test_a_manifest_lists_parcels_that_were_asked_for_and_can_be_printed(self, harness: CarrierHarness) -> None:
        port, world = self._manifests(harness)
        request = self._listing(harness, "one", "two")
        paper = port.make_manifest(request)
        asked = {each.tracking_number for each in request.parcels}
        assert set(paper.tracking_numbers) == asked, "nothing stands in the way, but parcels were left out or put on"
        assert paper.number.strip() and paper.document.content and "/" in paper.document.media_type
        for number in asked:
            assert world.on_manifests(number) == 1

    @needs(Capability.MANIFEST)
    def test_a_manifest_asked_for_twice_is_one_manifest(self, harness: CarrierHarness) -> None:
        port, world = self._manifests(harness)
        request = self._listing(harness, "one", "two")
        paper = port.make_manifest(request)
        assert port.make_manifest(request) == paper == port.look_up_manifest(request)
        for parcel in request.parcels:
            assert world.on_manifests(parcel.tracking_number) == 1

    @needs(Capability.MANIFEST)
    def test_no_parcel_is_on_two_manifests(self, harness: CarrierHarness) -> None:
        port, world = self._manifests(harness)
        first = self._listing(harness, "one", "two")
        port.make_manifest(first)
        second = self._listing(harness, "two", "three", name="second")
        with suppress(PortRefusedError):
            port.make_manifest(second)
        for parcel in (*first.parcels, *second.parcels):
            assert world.on_manifests(parcel.tracking_number) <= 1

    @needs(Capability.MANIFEST, Fault.LOST_ANSWER)
    def test_a_manifest_whose_answer_was_lost_is_made_once(self, harness: CarrierHarness) -> None:
        port, world = self._manifests(harness)
        request = self._listing(harness, "one", "two")
        assert port.look_up_manifest(request) is None
        self.broken(harness, Fault.LOST_ANSWER)
        nothing_is_certain(lambda: port.make_manifest(request), "an answer lost after a manifest was made")
        paper = port.look_up_manifest(request)
        assert paper is not None and port.make_manifest(request) == paper
        for parcel in request.parcels:
            assert world.on_manifests(parcel.tracking_number) == 1

    @needs(Capability.MANIFEST)
    def test_a_parcel_nobody_bought_a_label_for_is_on_no_manifest(self, harness: CarrierHarness) -> None:
        port, world = self._manifests(harness)
        strange = ParcelToHandOver(key=self.key("strange"), tracking_number="NO-SUCH-PARCEL")
        with refused("a manifest of a parcel nobody knows"):
            port.make_manifest(self._request("one", (strange,), harness))
        assert world.on_manifests("NO-SUCH-PARCEL") == 0

    @needs(Capability.PICKUP)
    def test_a_pickup_is_confirmed_with_its_window(self, harness: CarrierHarness) -> None:
        port, world = self._collections(harness)
        request = self._visit(harness)
        assert port.look_up_pickup(request) is None
        slip = port.book_pickup(request)
        assert slip.confirmation.strip(), "a pickup without a confirmation cannot be asked after"
        assert slip.opens_at < slip.closes_at and slip.opens_at.tzinfo is not None
        assert slip.price is None or slip.price.minor >= 0
        assert port.look_up_pickup(request) == slip
        assert world.visits(request.key) == 1

    @needs(Capability.PICKUP)
    def test_a_pickup_asked_for_twice_is_one_visit(self, harness: CarrierHarness) -> None:
        port, world = self._collections(harness)
        request = self._visit(harness)
        assert port.book_pickup(request) == port.book_pickup(request)
        assert world.visits(request.key) == 1

    @needs(Capability.PICKUP, Fault.LOST_ANSWER)
    def test_a_pickup_whose_answer_was_lost_is_booked_once(self, harness: CarrierHarness) -> None:
        port, world = self._collections(harness)
        request = self._visit(harness)
        self.broken(harness, Fault.LOST_ANSWER)
        nothing_is_certain(lambda: port.book_pickup(request), "an answer lost after a pickup was booked")
        slip = port.look_up_pickup(request)
        assert slip is not None and port.book_pickup(request) == slip
        assert world.visits(request.key) == 1

    @needs(Capability.PICKUP)
    def test_a_pickup_cancelled_twice_is_cancelled(self, harness: CarrierHarness) -> None:
        port, world = self._collections(harness)
        request = self._visit(harness)
        port.book_pickup(request)
        port.cancel_pickup(request)
        port.cancel_pickup(request)
        assert world.visits(request.key) == 0

    def _manifests(self, harness: CarrierHarness) -> tuple[CarrierManifests, HandOverHarness]:
        assert isinstance(harness.port, CarrierManifests)
        return harness.port, _world(harness)

    def _collections(self, harness: CarrierHarness) -> tuple[CarrierCollections, HandOverHarness]:
        assert isinstance(harness.port, CarrierCollections)
        return harness.port, _world(harness)

    def _listing(self, harness: CarrierHarness, *labels: str, name: str = "first") -> ManifestRequest:
        return self._request(name, tuple([self._parcel(harness, each) for each in labels]), harness)

    def _request(self, name: str, parcels: tuple[ParcelToHandOver, ...], harness: CarrierHarness) -> ManifestRequest:
        carrier = harness.port.buy_label(self.request(harness, "of-the-carrier")).carrier
        return ManifestRequest(
            key=self.key(f"manifest-{name}"), carrier=carrier, sender=harness.sender, parcels=parcels, at=NOON
        )

    def _visit(self, harness: CarrierHarness) -> PickupRequest:
        label = harness.port.buy_label(self.request(harness, "one"))
        opens_at = NOON + timedelta(hours=2)
        return PickupRequest(
            key=self.key("pickup"),
            carrier=label.carrier,
            sender=harness.sender,
            parcels=(self._parcel(harness, "one"), self._parcel(harness, "two")),
            opens_at=opens_at,
            closes_at=opens_at + timedelta(hours=3),
            instructions="at the back door",
            at=NOON,
        )

    def _parcel(self, harness: CarrierHarness, name: str) -> ParcelToHandOver:
        request = self.request(harness, name)
        return ParcelToHandOver(key=request.key, tracking_number=harness.port.buy_label(request).tracking_number)


def _world(harness: CarrierHarness) -> HandOverHarness:
    if not isinstance(harness, HandOverHarness):
        pytest.fail("a carrier with manifests or pickups needs a harness with on_manifests and visits")
    return harness
