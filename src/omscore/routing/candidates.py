"""A location as the filters of a profile see it when one order asks for it."""

from __future__ import annotations

from collections.abc import Callable

from omscore.places import Destination, Location


class Candidate:
    """One location and what an order asks of it.

    Shape: `groups` are those of the location; `km` is how far the destination is, None when nobody knows.
    """

    __slots__ = ("_arrives_in_days", "channel", "destination", "groups", "km", "location")

    def __init__(
        self,
        location: Location,
        *,
        groups: tuple[str, ...],
        destination: Destination,
        km: int | None,
        channel: str,
        arrives_in_days: Callable[[], int | None],
    ) -> None:
        self.location = location
        self.groups = groups
        self.destination = destination
        self.km = km
        self.channel = channel
        self._arrives_in_days = arrives_in_days

    @property
    def arrives_in_days(self) -> int | None:
        """How many days after it is routed the whole order would arrive from here by the cheapest service; None when
        nobody knows the moment.
        """
        return self._arrives_in_days()
