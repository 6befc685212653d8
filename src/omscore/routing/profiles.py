"""A routing profile: a named and versioned set of rules by which orders find their locations, as plain data."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Literal, TypeAlias, get_args

import attrs

from omscore.errors import InputError
from omscore.money import Money
from omscore.records import frozen
from omscore.routing.ownstrategies import OwnStrategy
from omscore.routing.rules import Filter
from omscore.routing.scores import OwnScore, Score, WeeksOfSupplyScore

KeepTogether: TypeAlias = Literal["always", "if_possible"]
"""Whether lines that should ship together may still ship apart when some would be left over otherwise."""

WAYS_LEFT = ("wait", "hold", "cancel")
"""What may become of units that find no location: they wait for stock, the order is held for a person, or they are
cancelled. Any other word is the name of a queue that their order waits in.
"""

Strategy: TypeAlias = Literal[
    "cheapest", "fewest_shipments", "fastest", "nearest", "in_order", "weeks_of_supply", "own"
]
"""`cheapest` and `fewest_shipments` are exact, `fastest` is so among locations that could be as fast; the others take
from one location after the other: the nearest first, by priority, those first whose units would last longest, or as a
plugin ranks them.
"""

STRATEGIES: tuple[Strategy, ...] = get_args(Strategy)

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")


def checked_name(name: str, *, what: str) -> str:
    """The name itself. Raises: InputError for anything but small letters, digits, `-` and `_`."""
    if type(name) is not str or _NAME.fullmatch(name) is None:
        raise InputError(f"{what} {name!r} must be small letters, digits, - and _, at most 60 of them")
    return name


def _name(value: str) -> str:
    return checked_name(value, what="the name of a profile")


@frozen(kw_only=True)
class Profile:
    """How an order is routed.

    Shape: `filters` in any order, but soft ones are given up in the order they are named; `max_locations` caps how many
    locations ship an order, 0 is no cap; orders worth less than `whole_below` ship from one location; `split_lines`
    allows one SKU to come from several; `keep_together` says how strictly lines are kept together that belong together;
    `all_or_nothing` ships nothing unless every unit finds a location; `otherwise`
    names the profile that is tried when units are left over; `when_left` says what becomes of those that still are:
    `wait`, `hold`, `cancel` or the name of a queue; `scores` are weighed beside the cost by `cheapest`; `own` is the
    strategy of a plugin that `own` stands for.
    Units: `whole_below` is an amount in the currency the shop counts in.
    Raises: InputError for a value out of bounds.
    """

    name: str = attrs.field(converter=_name)
    version: int = 1
    strategy: Strategy = "cheapest"
    filters: tuple[Filter, ...] = ()
    max_locations: int = 0
    whole_below: Decimal | None = None
    split_lines: bool = True
    keep_together: KeepTogether = "always"
    all_or_nothing: bool = False
    otherwise: str = ""
    when_left: str = "wait"
    scores: tuple[Score, ...] = ()
    own: OwnStrategy | None = None

    def __attrs_post_init__(self) -> None:
        if self.version < 1:
            raise InputError(f"the version of profile {self.name} must be 1 or more, and is {self.version}")
        if self.strategy not in STRATEGIES:
            raise InputError(
                f"profile {self.name} knows no strategy {self.strategy!r}; use one of {', '.join(STRATEGIES)}"
            )
        if self.max_locations < 0:
            raise InputError(f"max_locations of profile {self.name} must be zero (no cap) or more")
        if self.whole_below is not None and not self.whole_below > 0:
            raise InputError(f"whole_below of profile {self.name} must be above zero")
        if self.when_left not in WAYS_LEFT:
            checked_name(self.when_left, what=f"the queue in when_left of profile {self.name}")
        if len(set(self.filters)) < len(self.filters):
            raise InputError(f"profile {self.name} names a filter twice; leave one out")
        if (self.own is None) == (self.strategy == "own"):
            raise InputError(
                f"profile {self.name} has the strategy {self.strategy} and {'nothing' if self.own is None else 'one'} "
                'under own; give both strategy = "own" and the strategy of a plugin under own, or neither'
            )
        if self.scores and self.strategy != "cheapest":
            raise InputError(
                f"profile {self.name} has scores, which the strategy {self.strategy} does not weigh; use cheapest or "
                "leave the scores out"
            )
        if len(set(self.scores)) < len(self.scores):
            raise InputError(f"profile {self.name} names a score twice; leave one out")

    @property
    def label(self) -> str:
        """Name and version, as decisions keep them.

        >>> Profile(name="standard").label
        'standard@1'
        """
        return f"{self.name}@{self.version}"

    def most_locations(self, value: Money | None) -> int:
        """From how many locations an order of that value may come; 0 is no cap."""
        if self.whole_below is None or value is None or value.amount >= self.whole_below:
            return self.max_locations
        return 1

    def is_capped(self, value: Money | None) -> bool:
        """Whether an order of that value may not come from just as many locations as have its units."""
        return not self.split_lines or self.most_locations(value) > 0

    @property
    def asks_for_pace(self) -> bool:
        """Whether how fast articles sell has a say."""
        if not self.scores:
            return self.strategy in ("weeks_of_supply", "own")
        return any([isinstance(score, WeeksOfSupplyScore | OwnScore) for score in self.scores])

    @property
    def soft(self) -> tuple[Filter, ...]:
        """The filters that may be given up, in that order."""
        return tuple([rule for rule in self.filters if not rule.hard])


STANDARD = Profile(name="standard")
"""What a shop without profiles routes by: the least costly plan, no further rule."""
