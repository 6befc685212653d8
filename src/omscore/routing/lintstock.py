"""Units kept back that are as many as there ever were: what is behind them never ships.

A location gives an article from a pool only beyond what the channel and the profile keep back there. So where no more
than that ever lay in one pool of it, no order of the channel ever got a unit by the profile.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from omscore.parties import Channel
from omscore.places import Location
from omscore.routing.choices import Rulebook
from omscore.routing.findings import Finding, warning
from omscore.routing.lintclashes import passing
from omscore.routing.lintreach import begun
from omscore.routing.network import Network
from omscore.routing.profiles import Profile
from omscore.routing.rules import SafetyStock, kept_back

_MOST_TOLD = 3

Cells: TypeAlias = Mapping[tuple[str, str, str], int]
"""The most units that ever could be sold at once, by SKU, location and pool."""


class _Gone(NamedTuple):
    """What never ships: everything, or these locations and these articles from the others."""

    is_all: bool
    places: frozenset[str]
    skus: frozenset[str]

    def told(self, known: _Gone | None = None) -> Iterator[str]:
        """What it says, without what is known already."""
        if self.is_all:
            if known is None or not known.is_all:
                yield "keeps back all there ever was of any article, so nothing ships"
            return
        places = sorted(self.places - known.places if known else self.places)
        skus = sorted(self.skus - known.skus if known else self.skus)
        if places:
            yield f"keeps back all there ever was at {_listed(places)} of any article, so nothing ships from there"
        if skus:
            yield f"keeps back all there ever was of {_listed(skus)} in one place, so none of that ships"


def keeps_back(rulebook: Rulebook, channels: Sequence[Channel]) -> bool:
    """Whether anything is kept back at all."""
    rules = [rule for profile in rulebook.profiles for rule in profile.filters]
    return any([each.reserve_threshold for each in channels]) or any([isinstance(rule, SafetyStock) for rule in rules])


def lint_kept_back(
    rulebook: Rulebook, network: Network, channels: Sequence[Channel], cells: Cells
) -> Iterator[Finding]:
    """Locations and articles of which as much is kept back as there ever was, by a channel or by a profile.

    Holds: nothing that is named here could ship by these rules, whatever was ordered.
    """
    orders = begun(rulebook, channels, ())
    known = {
        each.name: _gone(
            _held(cells, each, [place for place in network.by_id if place.may_ship]), each.reserve_threshold
        )
        for each in channels
    }
    for at, channel in enumerate(channels):
        lead = f"channel {channel.name}: reserve_threshold of {channel.reserve_threshold}"
        for says in known[channel.name].told():
            yield warning(f"channels.{at}.reserve_threshold", f"{lead} {says}; lower it")
    for number, profile in enumerate(rulebook.profiles):
        found: dict[tuple[str, str], list[str]] = {}
        for channel in channels:
            if any([each.channel is channel and profile in rulebook.chain(each.profile) for each in orders]):
                held = _held(cells, channel, passing(profile, network))
                for where in _of_profile(number, profile, channel.reserve_threshold, held, known[channel.name]):
                    found.setdefault(where, []).append(channel.name)
        for (path, says), names in found.items():
            yield warning(path, f"profile {profile.name}, channel {', '.join(names)}: {says}")


def _of_profile(number: int, profile: Profile, threshold: int, held: Cells, known: _Gone) -> Iterator[tuple[str, str]]:
    """Where the profile keeps back too much beside the threshold of a channel, and what it says of that."""
    rules = [rule for rule in profile.filters if isinstance(rule, SafetyStock)]
    hard, soft = [rule for rule in rules if rule.hard], [rule for rule in rules if not rule.hard]
    kept = threshold + kept_back(tuple(hard))
    for which in (hard, soft):
        if not which:
            continue
        strictest = max(which, key=lambda rule: rule.units)
        path = f"routing.profiles.{number}.filters.{profile.filters.index(strictest)}"
        lead = f"safety_stock of {strictest.units}{f' beside reserve_threshold of {threshold}' if threshold else ''}"
        if which is hard:
            other = f"; the profile {profile.otherwise} is tried after it" if profile.otherwise else ""
            yield from [(path, f"{lead} {says}{other}; lower it") for says in _gone(held, kept).told(known)]
        elif held and kept < max(held.values()) <= threshold + strictest.units:
            yield path, f"{lead} keeps back all there ever was of any article; it is soft and always gives way"


def _held(cells: Cells, channel: Channel, locations: Sequence[Location]) -> Cells:
    """The cells an order of the channel may draw on at these locations."""
    allowed = {each.location_id for each in locations if not channel.locations or each.location_id in channel.locations}
    return {
        cell: units for cell, units in cells.items() if cell[1] in allowed and cell[2] in channel.pools and units > 0
    }


def _gone(held: Cells, keep: int) -> _Gone:
    """What keeping back so many units leaves nothing of."""
    places = frozenset([place for place, units in _most_by(held, 1).items() if units <= keep])
    skus = frozenset([sku for sku, units in _most_by(held, 0).items() if units <= keep])
    elsewhere = {sku for sku, place, _ in held if place not in places}
    return _Gone(bool(held) and max(held.values()) <= keep, places, skus & elsewhere)


def _most_by(held: Cells, part: int) -> dict[str, int]:
    """The most units of each SKU (0) or location (1) in one cell, by name."""
    most: dict[str, int] = {}
    for cell, units in sorted(held.items()):
        most[cell[part]] = max(units, most.get(cell[part], 0))
    return dict(sorted(most.items()))


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_TOLD} more" if len(names) > _MOST_TOLD else ""
    return f"{', '.join(names[:_MOST_TOLD])}{more}"
