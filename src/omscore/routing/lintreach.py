"""Which orders come to which rules, found without any order.

Tags, customer groups, flags and attributes can only make more choices fit, so it is enough to try orders that have just
what a choice asks for, on every channel and country that any rule speaks of.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import ROUND_CEILING, Decimal
from itertools import product
from typing import NamedTuple

from omscore.money import Money
from omscore.parties import Channel
from omscore.routing.choices import Choice, OrderFacts, Rulebook
from omscore.routing.profiles import Profile

ELSEWHERE = "ZZ"
"""A country that no rule can speak of: the code is set aside for users."""


class Begun(NamedTuple):
    """Orders of a channel to a country that begin with a profile."""

    profile: Profile
    channel: Channel
    country: str


def meeting(
    rulebook: Rulebook, choice: Choice, channels: Sequence[Channel], countries: Sequence[str]
) -> Iterator[OrderFacts]:
    """Orders that have just what the choice asks for; to these countries where it asks for none."""
    bounds = sorted({bound for each in rulebook.choices for bound in (each.least_value, each.below_value) if bound})
    currency_of = {each.name: each.currency for each in channels}
    for channel, country, tag, group, flag, value in product(
        choice.channels or [each.name for each in channels],
        choice.countries or countries,
        choice.tags or [None],
        choice.customer_groups or [None],
        choice.flags or [None],
        [Decimal(0), *bounds],
    ):
        facts = OrderFacts(
            channel=channel,
            country=country,
            value=_money_from(value, currency_of.get(channel, rulebook.currency)),
            tags=() if tag is None else (tag,),
            customer_groups=() if group is None else (group,),
            flags=() if flag is None else (flag,),
            attributes=tuple(choice.attributes.items()),
        )
        if not choice.misses(facts, rulebook.currency):
            yield facts


def begun(rulebook: Rulebook, channels: Sequence[Channel], countries: Sequence[str]) -> list[Begun]:
    """What some order begins with, each once: by the choice it takes, or the first profile where none fits.

    Shape: to each of the countries, and to `ELSEWHERE`, which stands for all that no choice names.
    """
    spoken_of = {country for each in rulebook.choices for country in each.countries}
    others = [ELSEWHERE, *[country for country in countries if country not in spoken_of]]
    of_name = {each.name: each for each in channels}
    anything = Choice(name="anything", profile=rulebook.profiles[0].name)
    found: dict[tuple[str, str, str], Begun] = {}
    for choice in (*rulebook.choices, anything):
        for facts in meeting(rulebook, choice, channels, [*sorted(spoken_of), ELSEWHERE]):
            taken = rulebook.fitting(facts)
            if facts.channel in of_name and (taken is choice or (taken is None and choice is anything)):
                profile = rulebook.profile(choice.profile)
                for country in others if facts.country == ELSEWHERE else [facts.country]:
                    key = profile.name, facts.channel, country
                    found[key] = Begun(profile, of_name[facts.channel], country)
    return list(found.values())


def _money_from(value: Decimal, currency: str) -> Money:
    """The least amount of money that is not below the value."""
    return Money.of(value.quantize(Money(1, currency).amount, rounding=ROUND_CEILING), currency)
