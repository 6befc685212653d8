"""Carriers that are each wrong in one way about manifests or pickups."""

from __future__ import annotations

from omscore.errors import PortRefusedError
from omscore.ports.handovers import ManifestPaper, ManifestRequest, PickupRequest, PickupSlip
from omscore.records import changed
from tests.testing.sound_carrier import SoundCarrier


class ListsAgain(SoundCarrier):
    """Makes a new manifest whenever it is asked."""

    def make_manifest(self, request: ManifestRequest) -> ManifestPaper:
        return super().make_manifest(changed(request, key=f"{request.key}.{len(self.depot.manifests)}"))


class ListsTwice(SoundCarrier):
    """Puts parcels on a second manifest."""

    def make_manifest(self, request: ManifestRequest) -> ManifestPaper:
        paper = super().make_manifest(request)
        numbers = tuple([each.tracking_number for each in request.parcels])
        self.depot.manifests[request.key] = changed(paper, tracking_numbers=numbers)
        return self.depot.manifests[request.key]


class LeavesParcelsOut(SoundCarrier):
    """Forgets the last parcel of the list."""

    def make_manifest(self, request: ManifestRequest) -> ManifestPaper:
        if request.key not in self.depot.manifests:
            request = changed(request, parcels=request.parcels[:1])
        return super().make_manifest(request)


class ListsStrangers(SoundCarrier):
    """Lists whatever it is told."""

    def make_manifest(self, request: ManifestRequest) -> ManifestPaper:
        return self.told(lambda: self.depot.list_parcels(request), request.key)


class LosesManifests(SoundCarrier):
    """Has the look-up, and never finds a manifest."""

    def look_up_manifest(self, request: ManifestRequest) -> ManifestPaper | None:
        return None


class ComesEachTime(SoundCarrier):
    """Books a visit whenever it is asked."""

    def book_pickup(self, request: PickupRequest) -> PickupSlip:
        self.depot.visits.pop(request.key, None)
        self.visited = getattr(self, "visited", 0) + 1
        slip = super().book_pickup(request)
        self.depot.visits[request.key] = changed(slip, confirmation=f"C{self.visited}")
        return self.depot.visits[request.key]


class ComesUnconfirmed(SoundCarrier):
    """Promises to come and gives no number."""

    def book_pickup(self, request: PickupRequest) -> PickupSlip:
        super().book_pickup(request)
        self.depot.visits[request.key] = changed(self.depot.visits[request.key], confirmation="")
        return self.depot.visits[request.key]


class ComesAllTheSame(SoundCarrier):
    """Nods to a cancellation and comes."""

    def cancel_pickup(self, request: PickupRequest) -> None:
        return None


class CancelsOnce(SoundCarrier):
    """Does not know a pickup that was cancelled before."""

    def cancel_pickup(self, request: PickupRequest) -> None:
        if request.key not in self.depot.visits:
            raise PortRefusedError(f"nothing is booked under {request.key}")
        super().cancel_pickup(request)
