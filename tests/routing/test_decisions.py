"""What holds for every decision, whatever the strategy."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omscore.errors import InputError
from omscore.places import Destination, LocationKind, Point
from omscore.records import changed
from omscore.routing import (
    Decision,
    LocationGroup,
    MaxDistance,
    Network,
    OnlyGroups,
    OnlyKinds,
    Profile,
    RoutingRequest,
    SafetyStock,
    SameMarket,
    route,
)
from omscore.routing.candidates import Candidate
from omscore.routing.explain import MOST_SHARES, has_some
from omscore.routing.profiles import STANDARD
from omscore.routing.rules import refusal
from tests.routing.shops import BY_PRIORITY, TO_DE, Stock, ask, location, network, on_shelf

NAMES = ("A", "B", "C", "D")
SKUS = ("S", "T", "U")


PROFILES = (
    STANDARD,
    BY_PRIORITY,
    Profile(name="whole", strategy="fewest_shipments", max_locations=2),
    Profile(
        name="near", strategy="nearest", filters=(MaxDistance(km=400, hard=False), SafetyStock(units=3, hard=False))
    ),
    Profile(name="home", filters=(SameMarket(markets=(("DE", "AT"),)), OnlyGroups(groups=("some",), hard=False))),
    Profile(name="strict", split_lines=False, all_or_nothing=True, filters=(OnlyKinds(kinds=(LocationKind.STORE,)),)),
    Profile(name="one", max_locations=1, filters=(SafetyStock(units=1),)),
)
SOME = LocationGroup(name="some", locations=("A", "C"), priority=-1, max_distance_km=900)


@st.composite
def cases(draw: st.DrawFn, *, plain: bool = False) -> tuple[RoutingRequest, Network, Stock]:
    mass = {sku: draw(st.integers(0, 900)) for sku in SKUS}
    lines = draw(st.lists(st.tuples(st.sampled_from(SKUS), st.integers(1, 9)), max_size=5))
    shop = network(
        *(
            location(
                name,
                country=draw(st.sampled_from(("DE", "AT", "US"))),
                priority=draw(st.integers(0, 2)),
                may_ship=draw(st.integers(0, 5)) > 0,
                ships_to=draw(st.sampled_from((("*",), ("DE",), ("FR",)))),
                kind=draw(st.sampled_from(LocationKind)),
                point=Point(draw(st.sampled_from((48.0, 50.0, 54.0))), 10.0),
                max_distance_km=None if plain else draw(st.sampled_from((None, 300))),
            )
            for name in NAMES
        ),
        penalty=draw(st.sampled_from((0, 120))),
        groups=() if plain else (SOME,),
    )
    cells = st.dictionaries(st.tuples(st.sampled_from(NAMES), st.sampled_from(("web", "general"))), st.integers(0, 9))
    stock = {sku: draw(cells) for sku in SKUS}
    request = ask(
        *((n + 1, sku, units, mass[sku]) for n, (sku, units) in enumerate(lines)),
        profile=draw(st.sampled_from(PROFILES[:2] if plain else PROFILES)),
        otherwise=() if plain else draw(st.sampled_from(((), (STANDARD,), (PROFILES[2], BY_PRIORITY)))),
        destination=draw(st.sampled_from((TO_DE, Destination(country="DE", point=Point(48.1, 11.5))))),
        pools=draw(st.sampled_from((("general",), ("web", "general"), ("general", "web")))),
        allowed=draw(st.sampled_from(((), ("A", "B", "C")))),
        threshold=draw(st.integers(0, 2)),
    )
    return request, shop, stock


@given(cases())
def test_no_plan_exceeds_stock(case: tuple[RoutingRequest, Network, Stock]) -> None:
    request, shop, stock = case
    drawn: Counter[tuple[str, tuple[str, str]]] = Counter()
    for part in route(request, shop, stock).assignments:
        assert part.units > 0
        drawn[part.sku, (part.location_id, part.pool)] += part.units
    for (sku, cell), units in drawn.items():
        assert units <= stock[sku][cell] - request.threshold_units


@given(cases())
def test_assigned_and_leftover_units_of_a_line_sum_to_its_demand(case: tuple[RoutingRequest, Network, Stock]) -> None:
    request, shop, stock = case
    decision = route(request, shop, stock)
    units: Counter[int] = Counter()
    for part in decision.assignments:
        units[part.line_id] += part.units
    for left in decision.leftovers:
        units[left.line_id] += left.units
    assert units == Counter({demand.line_id: demand.units for demand in request.demands})


@given(cases(plain=True))
def test_leftovers_are_only_what_no_eligible_location_has(case: tuple[RoutingRequest, Network, Stock]) -> None:
    request, shop, stock = case
    decision = route(request, shop, stock)
    refused = {r.location_id for r in decision.reasons if r.rule in ("channel", "may_ship", "ships_to", "rate")}
    for sku in SKUS:
        wanted = sum(demand.units for demand in request.demands if demand.sku == sku)
        usable = sum(
            max(0, units - request.threshold_units)
            for (place, pool), units in stock[sku].items()
            if place not in refused and pool in request.pools
        )
        assert sum(left.units for left in decision.leftovers if left.sku == sku) == max(0, wanted - usable)


@given(cases())
def test_a_plans_reasons_explain_every_location(case: tuple[RoutingRequest, Network, Stock]) -> None:
    request, shop, stock = case
    decision = route(request, shop, stock)
    assert [reason.location_id for reason in decision.reasons] == list(NAMES)
    shipping = {reason.location_id for reason in decision.reasons if reason.rule == "ships"}
    assert shipping == {part.location_id for part in decision.assignments}
    assert all(reason.says for reason in decision.reasons)


@given(cases())
def test_hard_filters_hold_and_soft_ones_give_way_in_their_order_only_for_units(
    case: tuple[RoutingRequest, Network, Stock],
) -> None:
    request, shop, stock = case
    decision = route(request, shop, stock)
    profile = next(each for each in (request.profile, *request.otherwise) if each.label == decision.profile)
    given_up = tuple(rule for rule in profile.soft if rule.rule in decision.given_up)
    assert decision.given_up == tuple(rule.rule for rule in given_up)
    for rule in given_up:  # none of them holds without more units being left over
        kept = tuple(changed(each, hard=True) for each in profile.filters if each not in given_up or each is rule)
        asked = changed(request, profile=changed(profile, filters=kept), otherwise=())
        assert route(asked, shop, stock).left_units > decision.left_units
    for place in {part.location_id for part in decision.assignments}:
        site = shop.sites[place]
        km = shop.km(site.location, request.destination)
        assert km is None or site.reach_km is None or km <= site.reach_km
        for rule in profile.filters:
            candidate = Candidate(
                site.location,
                groups=site.groups,
                destination=request.destination,
                km=km,
                channel=request.channel,
                arrives_in_days=lambda: None,
            )
            assert rule in given_up or not refusal(rule, candidate)
    if given_up:
        firm = changed(profile, filters=tuple(changed(rule, hard=True) for rule in profile.filters))
        assert route(changed(request, profile=firm, otherwise=()), shop, stock).left_units > decision.left_units
    if profile is not request.profile:
        assert route(changed(request, otherwise=()), shop, stock).left_units > decision.left_units
        assert f"{request.profile.label} left" in decision.because


@given(cases(), st.randoms(use_true_random=False))
def test_the_same_input_in_any_order_gives_the_same_plan(
    case: tuple[RoutingRequest, Network, Stock], rng: random.Random
) -> None:
    request, shop, stock = case
    demands, locations, skus = list(request.demands), list(shop.locations), list(stock)
    rng.shuffle(demands)
    rng.shuffle(locations)
    rng.shuffle(skus)
    again = route(
        ask(
            *((d.line_id, d.sku, d.units, d.mass_g) for d in demands),
            profile=request.profile,
            otherwise=request.otherwise,
            destination=request.destination,
            pools=request.pools,
            allowed=tuple(reversed(request.allowed_locations)),
            threshold=request.threshold_units,
        ),
        network(*locations, penalty=shop.split_penalty_minor, groups=shop.groups),
        {sku: dict(reversed(stock[sku].items())) for sku in skus},
    )
    assert again == route(request, shop, stock)


def says(decision: Decision) -> dict[str, tuple[str, str]]:
    return {reason.location_id: (reason.rule, reason.says) for reason in decision.reasons}


def test_reasons_say_in_words_why_a_location_ships_or_does_not() -> None:
    shop = network(
        location("A"),
        location("B", handling_minor=490),
        location("C"),
        location("D"),
        location("E", may_ship=False),
        location("F", ships_to=("FR",)),
        location("G", country="US"),
        location("H"),
    )
    everything = {"A": 5, "B": 5, "D": 2, "E": 5, "F": 5, "G": 5, "H": 5}
    request = ask((1, "S", 3, 200), (2, "S", 2, 200), allowed=("A", "B", "C", "D", "E", "F"))
    assert says(route(request, shop, on_shelf(S=everything))) == {
        "A": ("ships", "ships 5 units on 2 lines, 1000 g for 4.00 EUR"),
        "B": ("cost", "could ship all 2 lines alone for 8.90 EUR, 4.90 EUR more than the plan"),
        "C": ("stock", "has 0 of the 5 units"),
        "D": ("stock", "has 2 of the 5 units; the plan needs no shipment from here"),
        "E": ("may_ship", "may not ship"),
        "F": ("ships_to", "does not ship to DE"),
        "G": ("channel", "outside the channel's locations"),
        "H": ("channel", "outside the channel's locations"),
    }
    to_japan = ask((1, "S", 5, 200), destination=Destination(country="JP"))
    assert says(route(to_japan, shop, on_shelf(S=everything)))["A"] == ("rate", "no rate from DE to JP")


def test_in_order_says_what_the_list_cost_against_a_location_it_passed_by() -> None:
    shop = network(location("A"), location("B", handling_minor=100), location("C"))
    decision = route(ask((1, "S", 5, 200), profile=BY_PRIORITY), shop, on_shelf(S={"A": 2, "B": 5, "C": 5}))
    assert says(decision)["C"] == ("order", "could ship the line alone for 4.00 EUR, 5.00 EUR less than the plan")
    assert decision.gap is not None and decision.gap.minor == 500


def test_lines_of_one_sku_are_summed_before_stock_is_looked_at() -> None:
    request = ask((1, "S", 3, 100), (2, "S", 3, 100))
    decision = route(request, network(location("A"), location("B")), on_shelf(S={"A": 5}))
    assert [(part.line_id, part.units) for part in decision.assignments] == [(1, 3), (2, 2)]
    assert [(left.line_id, left.units, left.says) for left in decision.leftovers] == [
        (2, 1, "only 5 of the 6 units are sellable")
    ]


def test_pools_are_drawn_in_the_order_given_and_each_keeps_its_threshold() -> None:
    stock = {"S": {("A", "general"): 9, ("A", "web"): 4}}
    decision = route(ask((1, "S", 6, 100), pools=("web", "general"), threshold=1), network(location("A")), stock)
    assert [(part.pool, part.units) for part in decision.assignments] == [("web", 3), ("general", 3)]


def test_nothing_to_ship_costs_nothing_and_says_so() -> None:
    decision = route(ask((1, "S", 1, 100)), network(location("A", may_ship=False)), on_shelf(S={"A": 9}))
    assert (decision.cost, decision.gap, decision.assignments) == (None, None, ())
    assert decision.method == "nothing to ship"
    assert decision.leftovers[0].says == "no location may ship to DE"


def test_distance_decides_between_equals_when_the_destination_is_known() -> None:
    shop = network(location("A", point=Point(48.1, 11.6)), location("B", point=Point(52.5, 13.4)), per_100km=100)
    near_b = Destination(country="DE", point=Point(53.6, 10.0))
    stock = on_shelf(S={"A": 1, "B": 1})
    assert route(ask((1, "S", 1, 100)), shop, stock).assignments[0].location_id == "A"
    decision = route(ask((1, "S", 1, 100), destination=near_b), shop, stock)
    assert decision.assignments[0].location_id == "B"
    assert decision.cost is not None and decision.cost.minor == 400 + 258  # 122 km south and 227 km east


@pytest.mark.parametrize(
    ("demands", "words"),
    [
        (((1, "S", 1, 5), (1, "T", 1, 5)), "line 1 twice"),
        (((1, "S", 0, 5),), "0 units on line 1"),
        (((1, "S", 1, -5),), "mass -5"),
        (((1, "S", 1, 5), (2, "S", 1, 6)), "mass 6 g on line 2 but 5 g before"),
    ],
)
def test_a_request_that_contradicts_itself_is_refused(
    demands: tuple[tuple[int, str, int, int], ...], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        ask(*demands)


def test_a_request_needs_pools_and_a_threshold_of_zero_or_more() -> None:
    with pytest.raises(InputError, match="pools"):
        ask((1, "S", 1, 5), pools=())
    with pytest.raises(InputError, match="keeps back -1"):
        ask((1, "S", 1, 5), threshold=-1)
    with pytest.raises(InputError, match="no strategy 'magic'"):
        Profile(name="odd", strategy="magic")  # type: ignore[arg-type]


def test_a_channel_location_the_network_does_not_have_is_named() -> None:
    with pytest.raises(InputError, match="'Z', which the network does not have"):
        route(ask((1, "S", 1, 5), allowed=("A", "Z")), network(location("A")), {})


def test_what_a_location_says_does_not_depend_on_how_many_were_asked_before() -> None:
    said = has_some(4_711, "cheapest", limited=False)
    first = said["A", 3]
    assert (first.location_id, first.says) == ("A", "has 3 of the 4711 units; the plan needs no shipment from here")
    for number in range(MOST_SHARES + 1):
        assert said[f"L{number}", 0].says == "has 0 of the 4711 units"
        assert len(said) <= MOST_SHARES
    assert said["A", 3] == first
