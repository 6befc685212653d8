"""A carrier that labels shipments, makes manifests and comes for parcels, over a wire that fails as a test says.

Its depot is as careless as any: asked twice it sells twice, lists twice and comes twice. So whatever is there once at
the end, is there once because the shop took care.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from omscore.ports.carriers import Label, LabelRequest
from omscore.ports.handovers import ManifestPaper, ManifestRequest, PickupRequest, PickupSlip
from omscore.testing.faults import Fault
from tests.testing.sound_carrier import Depot, SoundCarrier
from tests.testing.wires import Wire, WireError

T = TypeVar("T")

DIES = "the program dies"
"""What a wire can do beside its faults: what was asked for is done, and nobody is there to hear of it."""


class DeadError(BaseException):
    """The program was killed; nothing catches this but the test."""


class RoughWire(Wire):
    """Calls fail in the order of a list; once it is empty they go through."""

    def __init__(self, faults: Iterable[Fault | str | None] = ()) -> None:
        super().__init__()
        self.to_come = list(faults)

    def call(self, act: Callable[[], T], part: Callable[[], object] | None = None) -> T:
        fault = self.to_come.pop(0) if self.to_come else None
        if fault == DIES:
            act()
            raise DeadError
        if isinstance(fault, Fault):
            if fault is not Fault.DOWN:
                act()
            raise WireError(fault)
        return act()


class CarelessDepot(Depot):
    """Keeps a tally of all it ever did."""

    def __init__(self) -> None:
        super().__init__()
        self.prices_minor = 0
        self.papers: list[ManifestPaper] = []
        self.trips: list[str] = []
        self.asked: list[PickupRequest] = []

    def sell(self, request: LabelRequest) -> Label:
        self.labels.pop(request.key, None)
        label = super().sell(request)
        self.prices_minor += label.price.minor
        return label

    def list_parcels(self, request: ManifestRequest) -> ManifestPaper:
        self.manifests.pop(request.key, None)
        taken = self.listed
        self.listed = lambda: []  # type: ignore[method-assign]  # it does not look what is listed already
        try:
            paper = super().list_parcels(request)
        finally:
            self.listed = taken  # type: ignore[method-assign]
        self.papers.append(paper)
        return paper

    def visit(self, request: PickupRequest) -> PickupSlip:
        self.visits.pop(request.key, None)
        self.trips.append(request.key)
        self.asked.append(request)
        return super().visit(request)


class RoughCarrier(SoundCarrier):
    """It keeps to no keys, so it is looked up before it is asked again."""

    is_once_per_key = False
    depot: CarelessDepot
    wire: RoughWire

    def __init__(self, *faults: Fault | str | None) -> None:
        super().__init__(CarelessDepot(), RoughWire(faults))


class SingleCarrier(RoughCarrier):
    """The same without the ability to label several boxes in one call."""

    quotes_together = None  # type: ignore[assignment]
    buy_together = None  # type: ignore[assignment]
