"""Reasons and leftovers in words: short, one per location, with the numbers that decided.

Texts compare a location with the whole plan and never list lines, so that an order of a thousand lines stays readable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache

from omscore.money import Money, currency_exponent
from omscore.places import Location
from omscore.records import maker
from omscore.routing.model import ComparedPlan, LocationScore, Reason, Room
from omscore.routing.profiles import Profile, Strategy

_new_reason = maker(Reason)

MOST_SHARES = 2_048
"""For how many pairs of a location and a number of units the same reason is kept."""

_FOLLOWED: dict[Strategy, str] = {
    "in_order": "earlier",
    "nearest": "nearer",
    "weeks_of_supply": "better supplied",
    "own": "better ranked",
}
"""The strategies that follow a list, and what the locations before another are then."""


def no_rate(location_id: str, origin: str, destination: str) -> Reason:
    """No service carries between the countries."""
    return _new_reason(location_id=location_id, rule="rate", says=f"no rate from {origin} to {destination}")


@lru_cache(maxsize=1_024)  # small orders weigh and cost the same again and again
def ships(
    location_id: str,
    units: int,
    lines: int,
    mass_g: int,
    cost_minor: int,
    currency: str,
    is_billed: bool,
    surcharges: tuple[tuple[str, Money], ...],
) -> Reason:
    """The location is in the plan: what it ships and what that costs; the mass may be the billed one."""
    mass, cost = f"{mass_g} g{' billed' if is_billed else ''}", amount(cost_minor, currency)
    within = f", of it {', '.join([f'{name} {amount}' for name, amount in surcharges])}" if surcharges else ""
    return _new_reason(
        location_id=location_id,
        rule="ships",
        says=f"ships {counted(units, 'unit')} on {counted(lines, 'line')}, {mass} for {cost}{within}",
    )


class _Shares(dict[tuple[str, int], Reason]):
    """What locations that were not taken say, by their id and how many of the units they have; made when asked for."""

    __slots__ = ("_limited", "_strategy", "_wanted")

    def __init__(self, wanted: int, strategy: Strategy, limited: bool) -> None:
        self._wanted, self._strategy, self._limited = wanted, strategy, limited

    def __missing__(self, share: tuple[str, int]) -> Reason:
        if len(self) >= MOST_SHARES:
            self.clear()
        said = self[share] = self._reason(*share)
        return said

    def _reason(self, location_id: str, held: int) -> Reason:
        says = f"has {held} of the {counted(self._wanted, 'unit')}"
        follows = self._strategy in _FOLLOWED
        if not held:
            return _new_reason(location_id=location_id, rule="stock", says=says)
        if self._limited:
            rule = "order" if follows else "stock"
            return _new_reason(
                location_id=location_id, rule=rule, says=f"{says}; by the rules of the profile it ships none"
            )
        if follows:
            says = f"{says}; {_FOLLOWED[self._strategy]} locations ship them"
            return _new_reason(location_id=location_id, rule="order", says=says)
        return _new_reason(location_id=location_id, rule="stock", says=f"{says}; the plan needs no shipment from here")


@lru_cache(maxsize=32)  # most locations of a large shop say the same of most orders
def has_some(wanted: int, strategy: Strategy, limited: bool) -> Mapping[tuple[str, int], Reason]:
    """What a location says that has none or not all of the units wanted and was not taken.

    Shape: by location id and the units it has, for any of them; `limited` when rules of the profile beside its filters
    had a say in it.
    """
    return _Shares(wanted, strategy, limited)


def has_all(
    location_id: str, lines: int, alone_minor: int, plan_minor: int, currency: str, strategy: Strategy
) -> Reason:
    """The location could have shipped everything and was not taken: what that would have cost."""
    if alone_minor == plan_minor:
        compared = "the same as the plan"
    elif alone_minor > plan_minor:
        compared = f"{amount(alone_minor - plan_minor, currency)} more than the plan"
    else:
        compared = f"{amount(plan_minor - alone_minor, currency)} less than the plan"
    lead = f"could ship all {counted(lines, 'line')} alone" if lines > 1 else "could ship the line alone"
    rule = "order" if strategy in _FOLLOWED else "cost"
    return _new_reason(
        location_id=location_id, rule=rule, says=f"{lead} for {amount(alone_minor, currency)}, {compared}"
    )


@lru_cache(maxsize=4_096)  # what shipments cost comes again and again
def amount(minor: int, currency: str) -> str:
    """The amount in words.

    >>> amount(433, "EUR")
    '4.33 EUR'
    """
    return str(Money(minor, currency))


def holds_back(location_id: str, held: int, wanted: int) -> Reason:
    """The location has units, but nothing is sent before everything can be."""
    says = f"has {held} of the {counted(wanted, 'unit')}; nothing is sent before everything can be"
    return _new_reason(location_id=location_id, rule="all_or_nothing", says=says)


def is_full(location: Location, room: Room) -> Reason:
    """The location has taken all it can do on the day it would do this work."""
    limits = [
        counted(limit, noun)
        for limit, left, noun in (
            (location.orders_per_day, room.orders_left, "order"),
            (location.units_per_day, room.units_left, "unit"),
        )
        if limit is not None and not left
    ]
    says = f"has no room left on {room.day:%a %Y-%m-%d}: it takes {' or '.join(limits)} a day"
    return _new_reason(location_id=location.location_id, rule="capacity", says=says)


def with_weeks(reason: Reason, weeks: Decimal) -> Reason:
    """The same with how long the location could go on selling what it has of the order."""
    lasts = "sells none of them" if weeks.is_infinite() else f"they last {weeks:.1f} weeks there"
    return _new_reason(location_id=reason.location_id, rule=reason.rule, says=f"{reason.says} ({lasts})")


def with_scores(reason: Reason, scores: Sequence[LocationScore], currency: str) -> Reason:
    """The same with what each score counted for what the location ships, or would if it gave all it could."""
    told = ", ".join([f"{each.score} {counts(each.counts_minor, currency)} for {measure_of(each)}" for each in scores])
    verb = "counted" if scores[0].is_chosen else "would count"
    return _new_reason(location_id=reason.location_id, rule=reason.rule, says=f"{reason.says}; {verb} besides: {told}")


def measure_of(score: LocationScore) -> str:
    """What a score measured, with its unit; zeros at the end are left out.

    >>> said = LocationScore(
    ...     location_id="A",
    ...     score="carbon",
    ...     units=2,
    ...     measure=Decimal("1320.500"),
    ...     measures="g CO2e",
    ...     counts_minor=Decimal(1),
    ... )
    >>> measure_of(said)
    '1320.5 g CO2e'
    """
    text = f"{score.measure:f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} {score.measures}"


def counts(minor: Decimal, currency: str) -> str:
    """What a score counted, as a plain number in the major unit, because it is no money.

    Shape: two places more than the currency has, half even.

    >>> counts(Decimal("11.88"), "EUR"), counts(Decimal(-150), "JPY")
    ('0.1188', '-150.00')
    """
    exponent = currency_exponent(currency)
    return f"{minor.scaleb(-exponent):.{exponent + 2}f}"


def shipments_in_words(plan: ComparedPlan, *, most: int = 4) -> str:
    """What each location would send in a plan that was compared, at which price and where that is from."""
    told = []
    for location_id, units, price, source in plan.shipments:
        some = [f"{count} x {sku}" for sku, count in units[:most]]
        more = [f"{len(units) - most} more"] if len(units) > most else []
        told.append(f"{location_id} {', '.join(some + more)} for {price} ({source.value})")
    return "; ".join(told)


def why_chosen(compared: Sequence[ComparedPlan]) -> str:
    """Why one of the plans compared was taken; the first is the cheapest by the rate card. Empty without any."""
    if not compared:
        return ""
    chosen = next(each for each in compared if each.is_chosen)
    others = [each for each in compared if not each.is_chosen]
    rival = compared[0] if chosen is not compared[0] else min(others, key=lambda each: each.total.minor)
    what = "the cheapest by the rate card" if rival is compared[0] else "the next of them"
    if any([each.score_minor for each in compared]):
        return f"{chosen.total} in all, and with the scores the least of {len(compared)} plans"
    if chosen.total == rival.total:
        return f"{chosen.total} in all, as little as {what}; it costs {_no_more(chosen, rival)} by the rate card"
    less = rival.total - chosen.total
    return f"{chosen.total} in all, the least of {len(compared)} plans, {less} less than {what}"


def _no_more(chosen: ComparedPlan, rival: ComparedPlan) -> str:
    less = rival.cost - chosen.cost
    return "the same" if less.is_zero else f"{less} less"


def with_arrival(reason: Reason, day: date) -> Reason:
    """The same with the day on which all of the order would arrive from there."""
    return _new_reason(
        location_id=reason.location_id,
        rule=reason.rule,
        says=f"{reason.says} (the whole order would arrive from here on {day:%a %Y-%m-%d})",
    )


def refuses(location_id: str, flags: tuple[str, ...]) -> Reason:
    """The location has units of nothing it would ship."""
    return _new_reason(location_id=location_id, rule="refuses", says=f"ships nothing that is {' or '.join(flags)}")


def not_allowed(sellable: int, wanted: int, profile: Profile, most: int, shipping: int) -> str:
    """Why units of a line wait though they are there; `shipping` locations ship the order, `most` may."""
    there = f"{sellable} of {counted(wanted, 'unit')} could be sold, but"
    if profile.all_or_nothing:
        return f"{there} nothing is sent before everything can be"
    if not most or shipping < most:
        return f"{there} not from one location, and lines are not split"
    return f"{there} the order may come from no more than {counted(most, 'location')}"


def not_together(together: str, *, is_room: bool) -> str:
    """Why units of a line wait that must ship together with others; `is_room` where room for a day may be why."""
    room = " and room for them on one day" if is_room else ""
    return f"the lines of {together!r} ship together, and no location has all of them{room}"


def no_room(sellable: int, wanted: int, *, is_room: bool, is_shared: bool) -> str:
    """Why units of a line wait though they are there: for want of room, or because other lines take the same parts.

    >>> no_room(2, 2, is_room=False, is_shared=True)
    '2 of 2 units could be sold, but other lines of the order take the same goods'
    """
    causes = ["the locations take no more units for that day"] * is_room
    causes += ["other lines of the order take the same goods"] * is_shared
    return f"{sellable} of {counted(wanted, 'unit')} could be sold, but {', or '.join(causes)}"


def short_of(sellable: int, wanted: int, places: int, country: str) -> str:
    """Why units of a line are left over.

    >>> short_of(3, 5, 2, "DE")
    'only 3 of the 5 units are sellable'
    """
    if not places:
        return f"no location may ship to {country}"
    if not sellable:
        return "no units are sellable"
    return f"only {sellable} of the {counted(wanted, 'unit')} {'is' if sellable == 1 else 'are'} sellable"


def counted(count: int, noun: str) -> str:
    """The count with its noun, in the plural where due.

    >>> counted(1, "unit"), counted(5, "line")
    ('1 unit', '5 lines')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
