"""What all laws of carriers share: the harness an author gives, and a request for a label that must go through."""

from __future__ import annotations

from typing import Protocol

from omscore.places import Address, Destination, destination_of
from omscore.ports.carriers import CarrierPort, LabelRequest, Parcel
from omscore.testing.conformance.ports import NOON, Harness, PortLaws


class CarrierHarness(Harness, Protocol):
    """A carrier's adapter and the world behind it, used by nobody else.

    Shape: `bought` is how many labels were really bought under a key, or under any key; None when buying one does
    nothing outside the program. `parcel` from `sender` to `recipient` is taken by at least one service, and nothing is
    taken to `nowhere`.
    """

    @property
    def port(self) -> CarrierPort: ...

    @property
    def parcel(self) -> Parcel: ...

    @property
    def sender(self) -> Address: ...

    @property
    def recipient(self) -> Address: ...

    @property
    def nowhere(self) -> Destination: ...

    def bought(self, key: str | None = None) -> int | None: ...


class CarrierLaws(PortLaws):
    """The base of the laws of carriers."""

    def request(self, harness: CarrierHarness, name: str = "label") -> LabelRequest:
        """A request for a label of the cheapest service."""
        quotes = harness.port.quotes(harness.sender.country, destination_of(harness.recipient), harness.parcel)
        assert quotes, "the harness gives a parcel and a recipient that no service takes"
        return LabelRequest(
            key=self.key(name),
            reference="ord_1",
            parcel=harness.parcel,
            sender=harness.sender,
            recipient=harness.recipient,
            service=quotes[0].service,
            at=NOON,
        )

    def bought_once(self, harness: CarrierHarness, key: str) -> None:
        assert harness.bought(key) in (1, None), f"{harness.bought(key)} labels were bought under one key"
