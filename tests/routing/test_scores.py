"""Scores beside money: the mix is the least there is, by trying every plan and counting it anew from the settings."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import ClassVar

import pytest

from omscore.errors import InputError
from omscore.items import ItemFlag
from omscore.places import Destination, Location, Point, distance_km
from omscore.records import changed, frozen
from omscore.routing import (
    Candidate,
    CarbonScore,
    ClearanceScore,
    DaysScore,
    Decision,
    DistanceScore,
    Emission,
    LocationGroup,
    Network,
    Offer,
    OwnScore,
    PriorityScore,
    Profile,
    Question,
    RoutingRequest,
    StockBalanceScore,
    WeeksOfSupplyScore,
    route,
    what_would_ship_from,
)
from omscore.routing.rulescost import rules_cost
from omscore.routing.scores import Score
from tests.routing.shops import Stock, ask, location, network, on_shelf, random_case, with_extras

THERE = Destination(country="DE", point=Point(52.0, 11.0), postcode_area="101")


@frozen(kw_only=True)
class Liking(OwnScore):
    """What a plugin could bring: dislikes some articles here, and likes a parcel from there."""

    score: ClassVar[str] = "liking"
    measures: ClassVar[str] = "points"

    def per_unit(self, candidate: Candidate, offer: Offer) -> int:
        return 1 if (len(offer.sku) + ord(candidate.location.location_id[-1]) + ord(offer.sku[-1])) % 3 == 0 else 0

    def per_shipment(self, candidate: Candidate) -> Decimal:
        return Decimal("-0.5") if candidate.location.location_id.endswith("1") else Decimal(0)


def some_scores(rng: random.Random) -> tuple[Score, ...]:
    cents = [Decimal(n) / 100 for n in (1, 7, 35, 110, 400)]
    every: list[Score] = [
        CarbonScore(price_per_tonne=rng.choice((Decimal(90), Decimal(20_000), Decimal("333.33")))),
        ClearanceScore(bonus_per_unit=rng.choice(cents), groups=("outlets",)),
        ClearanceScore(bonus_per_unit=rng.choice(cents), pools=("clearance",), skus=rng.choice(((), ("S0", "S1")))),
        StockBalanceScore(price_per_unit=rng.choice(cents)),
        WeeksOfSupplyScore(price_per_week=rng.choice(cents), weeks=rng.randint(0, 4)),
        DistanceScore(price_per_100km=rng.choice(cents)),
        PriorityScore(price_per_step=rng.choice(cents)),
        Liking(price=rng.choice((-1, 1)) * rng.choice(cents)),
    ]
    return tuple(rng.sample(every, rng.randint(1, 4)))


def scored_case(seed: int, *, lines: int = 4, flags: bool = False) -> tuple[RoutingRequest, Network, Stock]:
    """A small shop with outlets, places far and near, units on clearance, and a profile with scores."""
    rng = random.Random(seed)  # noqa: S311
    case = random_case(rng, lines=lines, places=rng.randint(1, 4), tame=seed % 2 == 0)
    request, shop, stock = with_extras(rng, case, flags=flags) if flags else case
    places = [
        changed(
            place,
            point=Point(rng.uniform(47, 54), rng.uniform(7, 14)),
            priority=rng.randint(-1, 2),
            co2e_g_per_tonne_km=rng.choice((None, 22, 600)),
        )
        for place in shop.locations
    ]
    groups = (LocationGroup(name="outlets", locations=(places[0].location_id,), priority=rng.randint(-1, 1)),)
    for held in stock.values():
        for place, _ in list(held):
            if rng.random() < 0.4:
                held[place, "clearance"] = rng.randint(1, 2)
    shop = changed(shop, rates=changed(shop.rates, emissions=some_emissions(seed, shop)))
    return (
        changed(
            request,
            destination=THERE,
            pools=rng.choice((("general", "clearance"), ("clearance", "general"))),
            profile=Profile(name="mix", scores=some_scores(rng)),
            velocity=tuple(
                [(sku, place, Decimal(rng.randint(0, 3))) for sku, held in stock.items() for place, _ in held]
            ),
        ),
        changed(shop, locations=tuple(places), groups=groups),
        stock,
    )


def some_emissions(seed: int, shop: Network) -> tuple[Emission, ...]:
    """What the services of the shop emit; in every third shop nobody says."""
    rng = random.Random(seed + 10**6)  # noqa: S311
    if seed % 3 == 0:
        return ()
    named = Emission(
        services=("s0",),
        zones=rng.choice(((), ("home",))),
        g_per_tonne_km=rng.choice((None, 15, 900)),
        g_per_parcel=rng.choice((1, 250, 4_000)),
    )
    others = Emission(g_per_tonne_km=rng.choice((40, 1_500)), g_per_parcel=rng.choice((0, 700)))
    has_others = rng.random() < 0.6 and ("s1" in {row.service for row in shop.rates.rows} or named.zones)
    return (named, others) if has_others else (named,)


def emits(shop: Network, place: Location, carrier: str, service: str, zone: str) -> tuple[int | None, int]:
    """What a service emits per tonne and kilometre, and for each parcel."""
    for each in shop.rates.emissions:
        fits = (
            (not each.carriers or carrier in each.carriers)
            and (not each.services or service in each.services)
            and (not each.zones or zone in each.zones)
        )
        if fits:
            of_place = place.co2e_g_per_tonne_km
            return of_place if each.g_per_tonne_km is None else each.g_per_tonne_km, each.g_per_parcel
    return place.co2e_g_per_tonne_km, 0


def carrying(
    shop: Network, place: Location, to: Destination, billed: int, flags: Collection[ItemFlag]
) -> tuple[int | None, int]:
    """What is emitted per tonne and kilometre by the service a shipment goes by, and by all its parcels."""
    quote = shop.quotes(place, to, billed, flags)[0]
    service = (quote.carrier, quote.service, quote.zone)
    largest = max(row.max_g for row in shop.rates.rows if (row.carrier, row.service, row.zone) == service)
    per_tonne_km, per_parcel = emits(shop, place, *service)
    return per_tonne_km, per_parcel * max(1, -(-billed // largest))


def rounded(amount: Fraction) -> Fraction:
    """To millionths of a cent, half even."""
    return Fraction(round(amount * 1_000_000), 1_000_000)


def reference(request: RoutingRequest, shop: Network, stock: Stock, *, most: int = 0) -> Fraction:
    """The least mix in cents of all plans that tear no article which one location could give whole."""
    return min(mix for mix, _ in every_plan(request, shop, stock, most=most))


def every_plan(
    request: RoutingRequest, shop: Network, stock: Stock, *, most: int = 0
) -> list[tuple[Fraction, dict[str, dict[str, int]]]]:
    """Every admissible plan with its mix, counted from the settings alone."""
    wanted: Counter[str] = Counter()
    for line in request.demands:
        wanted[line.sku] += line.units
    places: list[str] = sorted([place.location_id for place in shop.locations])
    ways_of: list[list[dict[str, int]]] = []
    for sku, units in wanted.items():
        held = {place: sum(stock.get(sku, {}).get((place, pool), 0) for pool in request.pools) for place in places}
        need = min(units, sum(held.values()))
        ways = [
            dict(zip(places, way, strict=True))
            for way in product(*[range(min(need, held[place]) + 1) for place in places])
            if sum(way) == need
        ]
        if max(held.values()) >= need:
            ways = [way for way in ways if max(way.values()) == need]
        ways_of.append(ways)
    plans = [dict(zip(wanted, choice, strict=True)) for choice in product(*ways_of)]
    found = [(mix_of(plan, request, shop, stock), plan) for plan in plans]
    return [(mix, plan) for mix, plan in found if not most or len(senders(plan)) <= most]


def senders(plan: dict[str, dict[str, int]]) -> set[str]:
    return {place for way in plan.values() for place, units in way.items() if units}


def mix_of(plan: dict[str, dict[str, int]], request: RoutingRequest, shop: Network, stock: Stock) -> Fraction:
    lines = {line.sku: line for line in request.demands}
    total = Fraction(0)
    for name in senders(plan):
        parts = [(lines[sku], way[name]) for sku, way in plan.items() if way[name]]
        billed = sum(shop.billed_g(line.mass_g, line.volume_mm3) * units for line, units in parts)
        flags = {flag for line, _ in parts for flag in line.flags}
        price = shop.shipment_cost(shop.location(name), request.destination, billed, flags)
        assert price is not None
        total += price.minor + points_of(name, plan, request, shop, stock)
    return total + shop.split_penalty_minor * max(0, len(senders(plan)) - 1)


def points_of(
    name: str, plan: dict[str, dict[str, int]], request: RoutingRequest, shop: Network, stock: Stock
) -> Fraction:
    """What all scores count for one location of a plan. Units: cents."""
    place = shop.location(name)
    able = {each for sku in plan for each, _ in stock.get(sku, {})}
    lines = {line.sku: line for line in request.demands}
    masses = {line.sku: line.mass_g for line in request.demands}
    km = round(distance_km(place.point, THERE.point or Point(0, 0)))
    pace = {(sku, where): units for sku, where, units in request.velocity}

    def priority(of: str) -> int:
        in_groups = [group.priority for group in shop.groups if of in group.locations]
        return shop.location(of).priority + min(in_groups, default=0)

    billed = sum(shop.billed_g(masses[sku], lines[sku].volume_mm3) * way[name] for sku, way in plan.items())
    grams = sum(masses[sku] * way[name] for sku, way in plan.items())
    # The surcharges that fall due whatever of the order the place sends.
    here = [set(lines[sku].flags) for sku in lines if any(where == name for where, _ in stock.get(sku, {}))]
    certain = set.intersection(*here) & shop.rates.flags if here else set()
    zone = shop.rates.zone_of(place.country, THERE.country)
    services = {(row.carrier, row.service, row.zone) for row in shop.rates.rows if row.zone == zone}
    total = Fraction(0)
    for score in request.profile.scores:
        least = 0
        if isinstance(score, CarbonScore):
            default, price = score.g_per_tonne_km, Fraction(score.price_per_tonne) / 10**4
            said = [emits(shop, place, *service)[0] for service in services]
            least = min(default if per is None else per for per in said)
            per_tonne_km, parcels = carrying(shop, place, THERE, billed, certain)
            more = (default if per_tonne_km is None else per_tonne_km) - least
            total += rounded((Fraction(more * km * grams, 10**6) + parcels) * price)
        if isinstance(score, DistanceScore):
            total += rounded(Fraction(score.price_per_100km) * km)
        if isinstance(score, PriorityScore):
            total += rounded(Fraction(score.price_per_step) * 100 * (priority(name) - min(map(priority, able))))
        if isinstance(score, Liking) and name.endswith("1"):
            total -= rounded(Fraction(score.price) * 50)
        for sku, way in plan.items():
            left = way[name]
            if not left:
                continue
            held = {where: sum(stock[sku].get((where, pool), 0) for pool in request.pools) for where, _ in stock[sku]}
            for pool in request.pools:
                units = min(left, stock[sku].get((name, pool), 0))
                left -= units
                each = Fraction(0)
                if isinstance(score, CarbonScore):
                    each = Fraction(least * km * masses[sku], 10**6) * Fraction(score.price_per_tonne) / 10**4
                if isinstance(score, ClearanceScore):
                    is_meant = (
                        (not score.groups or name in shop.groups[0].locations)
                        and (not score.pools or pool in score.pools)
                        and (not score.skus or sku in score.skus)
                    )
                    each = -Fraction(score.bonus_per_unit) * 100 * is_meant
                if isinstance(score, StockBalanceScore):
                    each = Fraction(score.price_per_unit) * 100 * (1 - Fraction(held.get(name, 0), max(held.values())))
                if isinstance(score, WeeksOfSupplyScore) and pace.get((sku, name)):
                    lasts = Fraction(Decimal(held[name]) / pace[sku, name])
                    each = Fraction(score.price_per_week) * 100 * max(Fraction(0), score.weeks - lasts)
                if isinstance(score, Liking):
                    each = Fraction(score.price) * 100 * ((len(sku) + ord(name[-1]) + ord(sku[-1])) % 3 == 0)
                total += units * rounded(each)
    return total


def mix_in(decision: Decision) -> Fraction:
    return Fraction(decision.cost.minor if decision.cost else 0) + Fraction(decision.score_minor)


def taken(decision: Decision) -> dict[str, dict[str, int]]:
    plan: dict[str, Counter[str]] = {}
    for part in decision.assignments:
        plan.setdefault(part.sku, Counter())[part.location_id] += part.units
    return dict(plan)


@pytest.mark.parametrize("part", range(4))
def test_the_mix_of_money_and_scores_is_the_least_of_all_plans(part: int) -> None:
    methods: Counter[str] = Counter()
    otherwise = by_service = 0
    for seed in range(part, 2_400, 4):
        request, shop, stock = scored_case(seed)
        decision = route(request, shop, stock)
        if decision.cost is None:
            continue
        assert mix_in(decision) == reference(request, shop, stock), seed
        assert decision.gap is None, seed
        assert mix_in(decision) == mix_of(taken(decision), request, shop, stock), seed
        methods[decision.method] += 1
        plain = route(changed(request, profile=Profile(name="plain")), shop, stock)
        assert plain.cost is not None
        assert plain.cost <= decision.cost, seed
        otherwise += taken(plain) != taken(decision)
        silent = route(request, changed(shop, rates=changed(shop.rates, emissions=())), stock)
        by_service += taken(silent) != taken(decision)
    assert set(methods) == {"exact mix", "exact mix, SKUs split"}
    assert otherwise > 60
    assert by_service > 5


def test_scores_stay_exact_where_surcharges_ask_what_is_in_a_parcel() -> None:
    exact = 0
    for seed in range(400):
        request, shop, stock = scored_case(seed, lines=3, flags=True)
        decision = route(request, shop, stock)
        if decision.cost is None:
            continue
        least = reference(request, shop, stock)
        assert mix_in(decision) == mix_of(taken(decision), request, shop, stock), seed
        assert least <= mix_in(decision) <= least + (decision.gap.minor if decision.gap else 0), seed
        exact += decision.gap is None
    assert exact > 300


def test_a_cap_on_locations_holds_and_the_mix_is_the_least_that_keeps_it() -> None:
    capped = 0
    for seed in range(600):
        request, shop, stock = scored_case(seed, lines=3)
        request = changed(request, profile=changed(request.profile, max_locations=2))
        decision = route(request, shop, stock)
        assert len({part.location_id for part in decision.assignments}) <= 2
        free = route(changed(request, profile=changed(request.profile, max_locations=0)), shop, stock)
        if decision.cost is None or decision.left_units > free.left_units:
            continue
        plans = [mix for mix, _ in every_plan(request, shop, stock, most=2)]
        if plans:
            assert mix_in(decision) == min(plans), seed
            capped += mix_in(free) < mix_in(decision)
    assert capped > 3


@pytest.mark.parametrize("tries", [0, 60_000], ids=["as it begins", "bettered"])
def test_long_orders_never_claim_a_smaller_gap_than_the_true_one(monkeypatch: pytest.MonkeyPatch, tries: int) -> None:
    settled = [scored_case(seed) for seed in range(800)]
    exact = [route(*case) for case in settled]
    monkeypatch.setattr("omscore.routing.multisets.MAX_PAIRS", 0)
    monkeypatch.setattr("omscore.routing.shifting.MAX_TRIES", tries)
    found = [route(*case) for case in settled]
    proven = close = 0
    for best, other in zip(exact, found, strict=True):
        assert best.left_units == other.left_units
        gap = other.gap.minor if other.gap else 0
        assert mix_in(other) - gap <= mix_in(best) <= mix_in(other)
        proven += not gap
        close += mix_in(other) == mix_in(best)
    assert proven > 200
    assert close > (720 if tries else 600)


OUTLET = LocationGroup(name="out", locations=("B",))
CLEARING = Profile(name="mix", scores=(ClearanceScore(bonus_per_unit=Decimal("0.20"), groups=("out",)),))


def test_lines_that_ship_together_are_weighed_together() -> None:
    shop = network(location("A"), location("B", handling_minor=30), groups=(OUTLET,))
    request = ask((1, "S", 1, 100), (2, "T", 1, 100), profile=CLEARING)
    kit = changed(request, demands=tuple([changed(line, together="kit") for line in request.demands]))
    decision = route(kit, shop, on_shelf(S={"A": 1, "B": 1}, T={"A": 1, "B": 1}))
    assert {part.location_id for part in decision.assignments} == {"B"}
    assert (str(decision.cost), decision.score_minor) == ("4.30 EUR", Decimal(-40))
    reasons = {reason.location_id: reason.says for reason in decision.reasons}
    assert reasons["B"] == (
        "ships 2 units on 2 lines, 200 g for 4.30 EUR; counted besides: clearance -0.4000 for 2 units on clearance"
    )
    assert reasons["A"].endswith("; would count besides: clearance 0.0000 for 0 units on clearance")
    assert "-40 minor units besides the cost; nobody pays them" in decision._repr_html_()


def test_what_would_have_changed_the_mix_is_tried_and_each_score_has_its_price_in_money() -> None:
    shop = network(location("A"), location("B", handling_minor=30), groups=(OUTLET,))
    request = ask((1, "S", 2, 100), profile=CLEARING)
    question = Question(request=request, network=shop, stock=on_shelf(S={"A": 2, "B": 2}))
    assert {(each.change, each.says) for each in what_would_ship_from("A", question)} == {
        ("score", "without the score clearance"),
        ("price", "if a parcel from there cost 0.10 EUR less"),
    }
    found = rules_cost([question], "EUR")
    assert (str(found.cost), str(found.optimum)) == ("4.30 EUR", "4.00 EUR")
    assert [(each.rule, str(each.saved)) for each in found.rules] == [("score clearance", "0.30 EUR")]


def test_a_bonus_for_a_pool_counts_the_units_that_are_drawn_from_it() -> None:
    profile = Profile(name="mix", scores=(ClearanceScore(bonus_per_unit=Decimal(1), pools=("clearance",)),))
    request = ask((1, "S", 3, 100), profile=profile, pools=("general", "clearance"))
    stock = {"S": {("A", "general"): 1, ("A", "clearance"): 9, ("B", "general"): 2, ("B", "clearance"): 9}}
    decision = route(request, network(location("A"), location("B")), stock)
    assert [(part.location_id, part.pool, part.units) for part in decision.assignments] == [
        ("A", "general", 1),
        ("A", "clearance", 2),
    ]
    assert {(each.location_id, each.counts_minor) for each in decision.scores} == {
        ("A", Decimal(-200)),
        ("B", Decimal(-100)),
    }


def test_a_day_too_late_counts_and_so_a_slow_carrier_loses() -> None:
    shop = network(location("A"), location("B", country="AT"))  # from abroad it takes two days longer, and costs more
    request = changed(ask((1, "S", 1, 100)), at=datetime(2026, 3, 2, 9, tzinfo=UTC))
    stock = on_shelf(S={"A": 1, "B": 1})
    late = Profile(name="late", scores=(DaysScore(price_per_day=Decimal("1.50"), free_days=2),))
    says = {each.location_id: each.counts_minor for each in route(changed(request, profile=late), shop, stock).scores}
    assert says == {"A": 0, "B": 300}


def test_scores_and_strategies_that_do_not_weigh_them_do_not_go_together() -> None:
    balance = StockBalanceScore(price_per_unit=Decimal(1))
    with pytest.raises(InputError, match="which the strategy nearest does not weigh; use cheapest"):
        Profile(name="mix", strategy="nearest", scores=(balance,))
    with pytest.raises(InputError, match="names a score twice"):
        Profile(name="mix", scores=(balance, balance))
    with pytest.raises(InputError, match="price_per_unit must be above zero"):
        StockBalanceScore(price_per_unit=Decimal(0))
    with pytest.raises(InputError, match="must name groups or pools"):
        ClearanceScore(bonus_per_unit=Decimal(1), skus=("S",))


@frozen(kw_only=True)
class Wrong(OwnScore):
    """A score that measures what is no exact number."""

    score: ClassVar[str] = "wrong"
    measures: ClassVar[str] = "nothing"

    def per_shipment(self, candidate: Candidate) -> Decimal:
        return Decimal("NaN")


def test_a_plugin_that_measures_no_number_is_told_by_name() -> None:
    request = ask((1, "S", 1, 100), profile=Profile(name="mix", scores=(Wrong(price=Decimal(1)),)))
    with pytest.raises(InputError, match="score wrong measured"):
        route(request, network(location("A")), on_shelf(S={"A": 1}))
    huge = changed(request, profile=Profile(name="mix", scores=(Liking(price=Decimal(10) ** 30),)))
    with pytest.raises(InputError, match="give it a smaller price"):
        route(huge, network(location("L1")), on_shelf(S={"L1": 1}))
