"""The filters that decide which locations may ship an order at all, before any stock or price is looked at.

A filter answers with a reason or with None; the first reason found stands, so that a location is refused once.
"""

from __future__ import annotations

from collections.abc import Collection

from omscore.places import Location
from omscore.routing.model import Reason


def refusal(location: Location, country: str, allowed: Collection[str]) -> Reason | None:
    """Why the location may not ship to the country for this channel; None when it may.

    Shape: empty `allowed` means the channel may use every location.
    """
    if allowed and location.location_id not in allowed:
        return Reason(location_id=location.location_id, rule="channel", says="outside the channel's locations")
    if not location.may_ship:
        return Reason(location_id=location.location_id, rule="may_ship", says="may not ship")
    if not location.ships_to_country(country):
        return Reason(location_id=location.location_id, rule="ships_to", says=f"does not ship to {country}")
    return None


def sellable_above(on_hand: int, allocated: int, threshold: int) -> int:
    """The units that may be sold while `threshold` of them are kept back; a negative threshold allows that many more.

    >>> sellable_above(10, 5, 3), sellable_above(10, 10, -5), sellable_above(1, 0, 2)
    (2, 5, 0)
    """
    return max(0, on_hand - allocated - threshold)
