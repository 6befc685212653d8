"""What routing is asked and what it answers, as plain records.

A request carries no stock and no prices: those belong to the moment (the stock mapping) and to the shop (the network).
A decision is complete: what goes where, what nobody could take, what it costs, and a reason for every location.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import TypeAlias

from omscore.capacity import DayShare
from omscore.errors import InputError
from omscore.items import ItemFlag
from omscore.money import Money
from omscore.places import Destination
from omscore.records import frozen
from omscore.routing.profiles import STANDARD, Profile, Strategy
from omscore.shipmentprices import ShipmentPrice

Stock: TypeAlias = Mapping[str, Mapping[tuple[str, str], int]]
"""Sellable units by SKU, then by (location, pool). A cell that is not named holds nothing."""


@frozen(kw_only=True)
class Demand:
    """The open units of one order line; lines with the same `together` ship from one location, or not at all.

    Shape: lines with the same `kit` are parts of kits that ship whole, `per_kit` units of each in every kit; a unit
    counts as `pieces` where a location takes only so many.
    Units: mass_g is the mass of one unit, volume_mm3 its room; 0 when it was never measured.
    """

    line_id: int
    sku: str
    units: int
    mass_g: int
    flags: tuple[ItemFlag, ...] = ()
    together: str = ""
    volume_mm3: int = 0
    kit: str = ""
    per_kit: int = 0
    pieces: int = 1


@frozen(kw_only=True)
class Room:
    """What a location may still take on the day it would do the work; None is no bound."""

    location_id: str
    day: date
    orders_left: int | None = None
    units_left: int | None = None

    @property
    def share(self) -> DayShare:
        """How work counts there."""
        return DayShare(day=self.day, by_order=self.orders_left is not None, by_unit=self.units_left is not None)


@frozen(kw_only=True)
class RoutingRequest:
    """What one order still needs and where it may come from.

    Shape: `pools` is the order in which a location's stock is drawn; empty `allowed_locations` means all;
    `excluded` are locations that may not ship this order now, each with the reason; `threshold_units` are kept back in
    every (SKU, location, pool) cell; `profile` says how it is routed, `otherwise` are the profiles that are tried in
    turn when units are left over, `because` is why it is this profile; `rooms` are those of the locations that take
    only so much on a day; `velocity` are (SKU, location, units sold in a week), where the profile asks for it; `begun`
    are the (SKU, location) that units of the order are sent from already, where a profile has a cap. Without
    `value` no order counts as a small one, without `at` no location as down. One that `is_by_hand` is not bound by
    distances and downtimes: a person chose.
    Raises: InputError when a line id repeats, a count is out of range or one SKU is given two masses or volumes.
    """

    order_id: str
    channel: str
    demands: tuple[Demand, ...]
    destination: Destination
    pools: tuple[str, ...]
    allowed_locations: tuple[str, ...] = ()
    excluded: tuple[tuple[str, str], ...] = ()
    profile: Profile = STANDARD
    otherwise: tuple[Profile, ...] = ()
    threshold_units: int = 0
    value: Money | None = None
    because: str = ""
    rooms: tuple[Room, ...] = ()
    velocity: tuple[tuple[str, str, Decimal], ...] = ()
    at: datetime | None = None
    is_by_hand: bool = False
    begun: tuple[tuple[str, str], ...] = ()

    def __attrs_post_init__(self) -> None:
        if type(self.threshold_units) is not int or self.threshold_units < 0:
            raise _bad(self, f"keeps back {self.threshold_units!r} units; give a whole number, zero or more")
        if len(self.pools) != 1 and (not self.pools or len(set(self.pools)) != len(self.pools)):
            raise _bad(self, f"draws on the pools {self.pools!r}; name at least one and each only once")
        lines: set[int] = set()
        firsts: dict[str, Demand] = {}
        for demand in self.demands:
            line_id, sku, units = demand.line_id, demand.sku, demand.units
            mass_g, volume = demand.mass_g, demand.volume_mm3
            if line_id in lines:
                raise _bad(self, f"names line {line_id} twice; sum the units of a line first")
            lines.add(line_id)
            if type(units) is not int or units <= 0:
                raise _bad(self, f"asks for {units!r} units on line {line_id}; give a whole number above zero")
            if type(mass_g) is not int or mass_g < 0:
                raise _bad(self, f"gives line {line_id} the mass {mass_g!r}; give whole grams, zero or more")
            if type(volume) is not int or volume < 0:
                raise _bad(self, f"gives line {line_id} the volume {volume!r}; give whole mm3, zero or more")
            if demand.kit and (demand.together or type(demand.per_kit) is not int or demand.per_kit <= 0):
                raise _bad(
                    self,
                    f"has line {line_id} in the kit {demand.kit!r}: give the units of it in every kit (per_kit), and "
                    "no `together` besides",
                )
            if sku not in firsts:
                firsts[sku] = demand
                continue
            first = firsts[sku]
            if first.mass_g != mass_g:
                raise _bad(
                    self, f"gives {sku!r} the mass {mass_g} g on line {line_id} but {first.mass_g} g before; use one"
                )
            if first.volume_mm3 != volume:
                raise _bad(
                    self,
                    f"gives {sku!r} the volume {volume} mm3 on line {line_id} but {first.volume_mm3} before; use one",
                )


@frozen(kw_only=True)
class Assignment:
    """Units of one line that one location ships out of one pool."""

    line_id: int
    sku: str
    location_id: str
    pool: str
    units: int


@frozen(kw_only=True)
class Leftover:
    """Units of one line that nobody could take, and why."""

    line_id: int
    sku: str
    units: int
    says: str


@frozen(kw_only=True)
class Reason:
    """What one rule said about one location.

    Shape: `rule` is one of channel, may_ship, ships_to, rate, excluded, downtime, capacity, distance, refuses,
    all_or_nothing, stock, cost, order and ships, or the name of a filter of the profile.
    """

    location_id: str
    rule: str
    says: str


@frozen(kw_only=True)
class LocationScore:
    """What one score said of one location: of the units it ships, or would if it gave all it could.

    Shape: `measure` is how much of what the score `measures`; `is_chosen` where the location ships.
    Units: `counts_minor` is what that counted in the choice, in minor units of the shop's currency to the millionth,
    below zero for a bonus. It is no money: nobody pays it, and it is no part of any cost.
    """

    location_id: str
    score: str
    units: int
    measure: Decimal
    measures: str
    counts_minor: Decimal
    is_chosen: bool = False


@frozen(kw_only=True)
class PromisedDays:
    """The days one shipment leaves and arrives, as promised when it was decided, and what they rest on.

    Shape: both are civil days of the location's own zone; the service is the cheapest of the lane, `transit_days` are
    its working days; goods are ready `processing_hours` after the decision and done before `cutoff`, local time. They
    leave with the carrier's `pickup`, local time; None where it has no slots.
    """

    location_id: str
    leaves_on: date
    arrives_on: date
    carrier: str
    service: str
    transit_days: int
    processing_hours: int
    cutoff: time
    pickup: time | None = None


@frozen(kw_only=True)
class ComparedPlan:
    """A plan that was compared with others by what its shipments are priced at.

    Shape: `cost` is that of the rate card; `total` the prices of the shipments with all that the shop counts beside
    postage. Units: `score_minor` as in `Decision`; it counts with the total.
    """

    shipments: tuple[ShipmentPrice, ...]
    cost: Money
    total: Money
    score_minor: Decimal = Decimal(0)
    is_chosen: bool = False


@frozen(kw_only=True)
class Decision:
    """Routing's whole answer for one order.

    Shape: `cost` is None when nothing ships; `gap` is None when the plan is proven to be what its strategy looks for,
    otherwise the most that a better plan could save; `assignments` run by line, then location; `method` says how the
    plan was found; `profile` is the name and version of the profile it was made by, `given_up` are the soft filters
    that had to give way, and `because` says why this profile; `shares` say how the work counts at locations that take
    only so much on a day. A decision taken by a person names them in `by`, and `because` is their reason; `anew`
    says why an order that had its sources was decided again. `scores` are what the scores of the profile said of
    each location that could ship, beside the cost; with scores, `gap` is one of cost and scores together.
    `compared` are the plans that live prices chose among, the cheapest by the rate card first; `cost` and `gap` are
    by the rate card even then, `gap` that of the first.
    `promised` has the days of each shipment, by location: routing itself tells none, they are added when a decision
    is kept.
    Holds: assigned and leftover units of a line sum to its demand; every location of the network has a reason.
    """

    strategy: Strategy
    method: str
    cost: Money | None
    gap: Money | None
    assignments: tuple[Assignment, ...]
    leftovers: tuple[Leftover, ...]
    reasons: tuple[Reason, ...]
    profile: str = STANDARD.label
    because: str = ""
    given_up: tuple[str, ...] = ()
    shares: tuple[tuple[str, DayShare], ...] = ()
    when_left: str = "wait"
    by: str = ""
    anew: str = ""
    promised: tuple[PromisedDays, ...] = ()
    scores: tuple[LocationScore, ...] = ()
    compared: tuple[ComparedPlan, ...] = ()

    @property
    def score_minor(self) -> Decimal:
        """What the scores count for the plan, beside its cost. Units: as in `LocationScore`; no money."""
        return sum([each.counts_minor for each in self.scores if each.is_chosen], Decimal(0))

    @property
    def left_units(self) -> int:
        """The units nobody could take."""
        return sum([left.units for left in self.leftovers])

    def _repr_html_(self) -> str:
        """How a notebook shows the decision."""
        from omscore.routing.html import decision_html  # needed in notebooks alone, and made from this module

        return decision_html(self)


def _bad(request: RoutingRequest, what: str) -> InputError:
    return InputError(
        f"routing request for order {request.order_id!r} {what}", code="routing.request", order_id=request.order_id
    )
