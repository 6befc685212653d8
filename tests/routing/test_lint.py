"""Every odd thing the linter knows is planted once and found where it stands; rules in order are left alone."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omscore.items import ItemFlag
from omscore.money import Money
from omscore.parties import Channel, ChannelKind
from omscore.places import Destination, LocationKind
from omscore.records import changed
from omscore.routing import (
    ArrivesWithin,
    Choice,
    Demand,
    LocationGroup,
    MaxDistance,
    Network,
    OnlyGroups,
    OnlyKinds,
    OrderFacts,
    Profile,
    RoutingRequest,
    Rulebook,
    SameMarket,
)
from omscore.routing.arrivals import arrives_in_days
from omscore.routing.lint import lint, lint_use, used_by
from omscore.routing.lintreach import ELSEWHERE
from omscore.routing.rules import Filter
from omscore.routing.scores import ClearanceScore
from tests.routing.shops import location, network

WEB = Channel(name="web", kind=ChannelKind.WEB, currency="EUR")
SHOP_ONLY = Channel(name="store", kind=ChannelKind.STORE, currency="EUR", locations=(location("B").location_id,))
PHONE = Channel(name="phone", kind=ChannelKind.PHONE, currency="GBP")
CHANNELS = (WEB, SHOP_ONLY, PHONE)
VIRTUAL = LocationKind.VIRTUAL
SHOP = network(
    location("A"),
    location("B", kind=LocationKind.STORE),
    location("C", country="AT"),
    groups=(
        LocationGroup(name="south", locations=("B", "C")),
        LocationGroup(name="near", locations=("A",), priority=1),
    ),
)
PLAIN = Profile(name="plain", filters=(OnlyGroups(groups=("south", "near"), hard=False),), otherwise="last")
VIP = Profile(name="vip", filters=(OnlyKinds(kinds=(LocationKind.STORE,)), MaxDistance(km=500, hard=False)))
LAST = Profile(name="last")
RULES = Rulebook(
    currency="EUR",
    profiles=(changed(PLAIN, filters=(OnlyGroups(groups=("south",), hard=False),)), VIP, LAST),
    choices=(
        Choice(name="vips", profile="vip", tags=("vip",)),
        Choice(name="large", profile="last", least_value=Decimal(100)),
        Choice(name="small-web", profile="plain", channels=("web",), below_value=Decimal(20)),
    ),
)


def with_choices(*choices: Choice) -> Rulebook:
    return changed(RULES, choices=(*RULES.choices, *choices))


def with_filters(*filters: Filter) -> Rulebook:
    plain, *rest = RULES.profiles
    return changed(RULES, profiles=(changed(plain, filters=filters), *rest))


def with_clearance(group: str, *filters: Filter) -> Rulebook:
    score = ClearanceScore(bonus_per_unit=Decimal(1), groups=(group,))
    plain, *rest = RULES.profiles
    return changed(RULES, profiles=(changed(plain, filters=filters, scores=(score,)), *rest))


def test_rules_in_order_are_left_alone() -> None:
    assert lint(RULES, SHOP, CHANNELS) == []
    assert lint(Rulebook(currency="EUR"), SHOP, CHANNELS) != []  # the groups do nothing without rules


def test_a_group_that_only_a_clearance_names_does_something_and_days_that_a_rate_keeps_are_no_finding() -> None:
    assert lint(with_clearance("south", ArrivesWithin(days=2)), SHOP, CHANNELS) == []


@pytest.mark.parametrize(
    ("planted", "path", "says"),
    [
        (
            lambda: (with_choices(Choice(name="more-vips", profile="plain", tags=("vip",))), SHOP),
            "routing.choices.3",
            "choice more-vips is never taken: whatever fits it is taken by small-web and vips, which come before it",
        ),
        (
            lambda: (
                with_choices(
                    Choice(name="web", profile="plain", channels=("web",), tags=("x",)),
                    Choice(name="store", profile="plain", channels=("store",), tags=("x",)),
                    Choice(name="phone", profile="plain", channels=("phone",), tags=("x",)),
                    Choice(name="both", profile="vip", tags=("x",)),
                ),
                SHOP,
            ),
            "routing.choices.6",
            "choice both is never taken: whatever fits it is taken by phone and small-web and store and web, which "
            "come before it",
        ),
        (
            lambda: (with_choices(Choice(name="far", profile="vip", countries=("US", "DE"))), SHOP),
            "routing.choices.3.countries",
            "choice far: no location ships to US, or no rate goes there",
        ),
        (
            lambda: (changed(RULES, profiles=(*RULES.profiles, Profile(name="idle"))), SHOP),
            "routing.profiles.3",
            "profile idle is never used: it is not the first, and no choice, queue or profile names it",
        ),
        (
            lambda: (
                with_filters(OnlyKinds(kinds=(LocationKind.STORE,)), OnlyGroups(groups=("near",))),
                SHOP,
            ),
            "routing.profiles.0.filters",
            "profile plain: only_kinds (store) and only_groups (near) together leave none of the locations that may "
            "ship; it never ships; loosen one of them",
        ),
        (
            lambda: (
                changed(RULES, profiles=(*RULES.profiles[:2], changed(LAST, filters=(OnlyKinds(kinds=(VIRTUAL,)),)))),
                SHOP,
            ),
            "routing.profiles.2.filters.0",
            "profile last: only_kinds (virtual) leaves none of the locations that may ship; nothing ships; loosen it",
        ),
        (
            lambda: (
                with_choices(Choice(name="pounds", profile="vip", channels=("phone",), least_value=Decimal(10))),
                SHOP,
            ),
            "routing.choices.3",
            "choice pounds is never taken: no order can meet its conditions",
        ),
        (
            lambda: (
                with_filters(OnlyKinds(kinds=(LocationKind.SUPPLIER,), hard=False)),
                SHOP,
            ),
            "routing.profiles.0.filters.0",
            "profile plain: only_kinds (supplier) leaves none of the locations that may ship; soft ones always give "
            "way; loosen it",
        ),
        (
            lambda: (with_filters(OnlyGroups(groups=("near",))), SHOP),
            "routing.profiles.0.filters.0",
            "profile plain: only_groups (near) leaves none of the locations of channel store; loosen it",
        ),
        (
            lambda: (with_filters(*PLAIN.filters), SHOP),
            "routing.profiles.0.filters.0",
            "profile plain: only_groups refuses none of the locations; leave it out",
        ),
        (
            lambda: (
                with_filters(SameMarket(markets=(("AT", "DE"),))),
                network(location("A", ships_to=("DE",)), location("B", kind=LocationKind.STORE, ships_to=("AT",))),
            ),
            "routing.profiles.0.filters.0",
            "profile plain: same_market refuses none of the locations; leave it out",
        ),
        (
            lambda: (with_filters(ArrivesWithin(days=1)), SHOP),
            "routing.profiles.0.filters.0",
            "profile plain: arrives_within of 1 is less than the fewest transit_days of any rate from its "
            "locations, 2; "
            "it never ships",
        ),
        (
            lambda: (
                with_filters(ArrivesWithin(days=3, hard=False)),
                network(location("A", ships_to=("AT",)), location("B", kind=LocationKind.STORE, ships_to=("AT",))),
            ),
            "routing.profiles.0.filters.0",
            "profile plain: arrives_within of 3 is less than the fewest transit_days of any rate from its "
            "locations, 4; "
            "it is soft and always gives way",
        ),
        (
            lambda: (with_clearance("near", OnlyGroups(groups=("south",))), SHOP),
            "routing.profiles.0.scores.0",
            "profile plain: clearance names the groups near, and none of its locations is in them; no unit counts",
        ),
        (
            lambda: (with_clearance("south", OnlyGroups(groups=("south",))), SHOP),
            "routing.profiles.0.scores.0",
            "profile plain: clearance names the groups south, and all of its locations are in them; "
            "it tells none apart",
        ),
        (
            lambda: (RULES, changed(SHOP, groups=(*SHOP.groups, LocationGroup(name="idle", locations=("A",))))),
            "routing.groups.2",
            "group idle does nothing: no filter or score names it, and it has neither priority nor max_distance_km",
        ),
    ],
)
def test_planted_defects_are_found_where_they_stand(
    planted: Callable[[], tuple[Rulebook, Network]], path: str, says: str
) -> None:
    rulebook, shop = planted()
    assert (path, says) in [(each.path, each.says) for each in lint(rulebook, shop, CHANNELS)]


def test_choices_no_order_took_and_orders_no_choice_fits_are_counted() -> None:
    facts = OrderFacts(channel="store", country="DE", value=Money(5000, "EUR"))
    used = used_by(RULES, [facts, changed(facts, tags=("vip",)), changed(facts, channel="web", value=Money(1, "EUR"))])
    assert used.taken == {"vips": 1, "large": 0, "small-web": 1}
    assert [each.says for each in lint_use(RULES, used)] == [
        "choice large: none of 3 orders took it",
        "1 of 3 orders fit no choice and take the first profile, plain",
    ]
    assert lint_use(RULES, used_by(RULES, [])) == []


@given(
    st.lists(st.sampled_from(("AT", "DE", "FR")), min_size=1, max_size=3),
    st.sampled_from((("*",), ("AT",), ("DE", "FR"))),
    st.integers(0, 6),
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)),
    st.integers(1, 20_000),
)
def test_days_said_to_be_too_few_are_kept_from_no_location_for_no_order(
    countries: list[str], ships_to: tuple[str, ...], days: int, at: datetime, mass_g: int
) -> None:
    places = [location(f"L{number}", country=each, ships_to=ships_to) for number, each in enumerate(countries)]
    shop = network(*places)
    rulebook = Rulebook(currency="EUR", profiles=(Profile(name="fast", filters=(ArrivesWithin(days=days),)),))
    if not any("transit_days" in each.says for each in lint(rulebook, shop, (WEB,))):
        return
    for country in ("AT", "DE", "FR"):
        request = RoutingRequest(
            order_id="o",
            channel="web",
            demands=(Demand(line_id=1, sku="S", units=1, mass_g=mass_g),),
            destination=Destination(country=country),
            pools=("main",),
            at=at,
        )
        for place in shop.sorted_out("web", (), country)[0]:
            arrives = arrives_in_days(place, request, shop)
            assert arrives is None or arrives > days


SOME = st.lists(st.sampled_from(("a", "b")), max_size=2, unique=True).map(tuple)
CHOICES = st.builds(
    Choice,
    name=st.just("c"),
    profile=st.just("plain"),
    channels=st.lists(st.sampled_from(("web", "store")), max_size=2, unique=True).map(tuple),
    countries=st.lists(st.sampled_from(("DE", "AT")), max_size=2, unique=True).map(tuple),
    tags=SOME,
    flags=st.lists(st.sampled_from((ItemFlag.FOOD, ItemFlag.GIFT)), max_size=1).map(tuple),
    attributes=st.dictionaries(st.sampled_from(("k", "l")), st.just("v"), max_size=1),
    least_value=st.sampled_from((None, None, Decimal(10))),
    below_value=st.sampled_from((None, None, Decimal(20))),
)


@given(st.lists(CHOICES, min_size=1, max_size=5), st.integers(0, 10**6))
def test_a_choice_said_never_to_be_taken_is_taken_by_no_order_and_the_others_by_some(
    choices: list[Choice], seed: int
) -> None:
    named = tuple(changed(choice, name=f"c{number}") for number, choice in enumerate(choices))
    rulebook = changed(RULES, choices=named)
    never = {
        int(each.path.rpartition(".")[2]) for each in lint(rulebook, SHOP, CHANNELS) if "is never taken" in each.says
    }
    rng = random.Random(seed)  # noqa: S311
    orders = [
        OrderFacts(
            channel=rng.choice(("web", "store")),
            country=rng.choice(("DE", "AT", ELSEWHERE)),
            value=Money(rng.choice((0, 999, 1000, 1999, 2000, 5000)), "EUR"),
            tags=tuple(tag for tag in ("a", "b") if rng.random() < 0.4),
            flags=tuple(flag for flag in (ItemFlag.FOOD, ItemFlag.GIFT) if rng.random() < 0.3),
            attributes=tuple((key, "v") for key in ("k", "l") if rng.random() < 0.3),
        )
        for _ in range(400)
    ]
    taken = used_by(rulebook, orders).taken
    assert not [number for number in never if taken[f"c{number}"]]
