"""Kits that ship whole: never torn, never more than the stock, and as many as a plain count of whole kits allows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import product
from typing import Any, ClassVar

from hypothesis import example, given
from hypothesis import strategies as st

from omscore.records import changed, frozen
from omscore.routing import (
    Assignment,
    Candidate,
    ClearanceScore,
    Decision,
    Demand,
    DistanceScore,
    Network,
    Offer,
    OwnStrategy,
    Question,
    RoutingRequest,
    StockBalanceScore,
    route,
    route_jointly,
    route_ranked,
    what_would_ship_from,
)
from omscore.routing.model import Room
from omscore.routing.profiles import Profile
from tests.routing.shops import TO_DE, location, network

PLACES = ("A", "B", "C")
SKUS = ("LAMP", "BULB", "CORD")

cells = st.dictionaries(
    st.tuples(st.sampled_from(PLACES), st.sampled_from(("web", "general"))), st.integers(0, 5), max_size=6
)
stocks = st.fixed_dictionaries({sku: cells for sku in SKUS})
recipes = st.dictionaries(st.sampled_from(SKUS), st.integers(1, 3), min_size=1)


@frozen(kw_only=True)
class Fullest(OwnStrategy):
    """From the place with the most."""

    strategy: ClassVar[str] = "fullest"

    def rank(self, candidate: Candidate, offer: Offer) -> int:
        return -offer.held


SCORED = (
    ClearanceScore(bonus_per_unit=Decimal("1.5"), pools=("web",)),
    StockBalanceScore(price_per_unit=Decimal("0.8")),
    DistanceScore(price_per_100km=Decimal(1)),
)
profiles = st.sampled_from(
    (
        Profile(name="p"),
        Profile(name="p", strategy="fewest_shipments"),
        Profile(name="p", strategy="in_order"),
        Profile(name="p", strategy="nearest"),
        Profile(name="p", strategy="own", own=Fullest()),
        Profile(name="p", scores=SCORED),
    )
)

Stocks = dict[str, dict[tuple[str, str], int]]


def shop() -> Network:
    return network(*[location(name) for name in PLACES])


def lines_of(kit: str, kits: int, recipe: dict[str, int], first: int = 1) -> list[Demand]:
    return [
        Demand(line_id=first + k, sku=sku, units=kits * count, mass_g=300, kit=kit, per_kit=count)
        for k, (sku, count) in enumerate(sorted(recipe.items()))
    ]


def request_of(demands: list[Demand], **more: Any) -> RoutingRequest:
    plain = RoutingRequest(
        order_id="o1",
        channel="web",
        demands=tuple(demands),
        destination=TO_DE,
        pools=("web", "general"),
    )
    return changed(plain, **more)


def sent(parts: tuple[Assignment, ...]) -> dict[tuple[str, int], int]:
    """Units by place and line."""
    found: dict[tuple[str, int], int] = {}
    for part in parts:
        found[part.location_id, part.line_id] = found.get((part.location_id, part.line_id), 0) + part.units
    return found


def there(stock: Stocks, sku: str, place: str, keep: int = 0) -> int:
    return sum(max(0, units - keep) for (at, _), units in stock.get(sku, {}).items() if at == place)


def check_sound(decision: Decision, demands: list[Demand], stock: Stocks, keep: int = 0) -> None:
    """No cell gives more than it has, every unit is sent or left over, and no kit is torn."""
    drawn: dict[tuple[str, str, str], int] = {}
    for part in decision.assignments:
        cell = part.sku, part.location_id, part.pool
        drawn[cell] = drawn.get(cell, 0) + part.units
    assert all(units <= stock[sku][place, pool] - keep for (sku, place, pool), units in drawn.items())
    by_line = sent(decision.assignments)
    left = {each.line_id: each.units for each in decision.leftovers}
    for demand in demands:
        gone = sum(units for (_, line_id), units in by_line.items() if line_id == demand.line_id)
        assert gone + left.get(demand.line_id, 0) == demand.units
    for kit, place in product({demand.kit for demand in demands if demand.kit}, PLACES):
        counts = {
            divmod(by_line.get((place, demand.line_id), 0), demand.per_kit) for demand in demands if demand.kit == kit
        }
        assert len(counts) == 1 and next(iter(counts))[1] == 0


@given(stock=stocks, recipe=recipes, kits=st.integers(1, 6), keep=st.integers(0, 2), profile=profiles)
def test_as_many_whole_kits_are_sent_as_the_places_have_and_none_is_torn(
    stock: Stocks, recipe: dict[str, int], kits: int, keep: int, profile: Profile
) -> None:
    demands = lines_of("set", kits, recipe)
    request = request_of(demands, threshold_units=keep, profile=profile)
    decision = route(request, shop(), stock)
    check_sound(decision, demands, stock, keep)
    possible = sum(min(there(stock, sku, place, keep) // count for sku, count in recipe.items()) for place in PLACES)
    assert sum(part.units for part in decision.assignments) == min(kits, possible) * sum(recipe.values())


def most_served(stock: Stocks, demands: list[Demand]) -> int:
    """The most units any plan can serve that tears no kit: every way to spread the kits over the places is tried."""
    wanted: dict[str, list[Demand]] = {}
    for demand in demands:
        wanted.setdefault(demand.kit, []).append(demand)
    plain = wanted.pop("", [])
    ways = [
        [way for way in product(range(parts[0].units // parts[0].per_kit + 1), repeat=len(PLACES))
         if sum(way) <= parts[0].units // parts[0].per_kit]
        for parts in wanted.values()
    ]  # fmt: skip
    best = 0
    for chosen in product(*ways):
        left = {(sku, place): there(stock, sku, place) for sku in SKUS for place in PLACES}
        served = 0
        for way, parts in zip(chosen, wanted.values(), strict=True):
            for place, count in zip(PLACES, way, strict=True):
                for part in parts:
                    left[part.sku, place] -= count * part.per_kit
                    served += count * part.per_kit
        if min(left.values()) >= 0:
            for line in plain:
                served += min(line.units, sum(left[line.sku, place] for place in PLACES))
            best = max(best, served)
    return best


@given(stock=stocks, recipe=recipes, kits=st.integers(1, 3), single=st.sampled_from(SKUS), units=st.integers(1, 4))
@example(
    stock={"LAMP": {("A", "web"): 2, ("B", "web"): 2}, "BULB": {("A", "web"): 1}, "CORD": {}},
    recipe={"LAMP": 2, "BULB": 1},
    kits=1,
    single="LAMP",
    units=2,
)
def test_a_kit_and_a_part_of_it_on_one_order_share_the_stock(
    stock: Stocks, recipe: dict[str, int], kits: int, single: str, units: int
) -> None:
    demands = [Demand(line_id=1, sku=single, units=units, mass_g=300), *lines_of("set", kits, recipe, first=2)]
    decision = route(request_of(demands), shop(), stock)
    check_sound(decision, demands, stock)
    served = sum(part.units for part in decision.assignments)
    assert served <= most_served(stock, demands)
    for other in route_ranked(request_of(demands), shop(), stock, 4):
        check_sound(other, demands, stock)
        assert other.left_units == decision.left_units
    enough = {sku: kits * recipe.get(sku, 0) + units * (sku == single) for sku in SKUS}
    if any(all(there(stock, sku, place) >= count for sku, count in enough.items()) for place in PLACES):
        assert not decision.leftovers


@given(stock=stocks, recipe=recipes, kits=st.integers(1, 3), single=st.sampled_from(SKUS), units=st.integers(1, 4))
@example(
    stock={"LAMP": {("A", "web"): 2, ("B", "web"): 4}, "BULB": {("A", "web"): 1, ("B", "web"): 2}, "CORD": {}},
    recipe={"LAMP": 2, "BULB": 1},
    kits=2,
    single="LAMP",
    units=1,
)
def test_all_or_nothing_sends_all_whenever_the_rules_without_it_would(
    stock: Stocks, recipe: dict[str, int], kits: int, single: str, units: int
) -> None:
    demands = [Demand(line_id=1, sku=single, units=units, mass_g=300), *lines_of("set", kits, recipe, first=2)]
    free = route(request_of(demands), shop(), stock)
    bound = route(request_of(demands, profile=Profile(name="whole", all_or_nothing=True)), shop(), stock)
    check_sound(bound, demands, stock)
    assert bound.assignments == (() if free.leftovers else free.assignments)


@given(stock=stocks, first=recipes, second=recipes, kits=st.integers(1, 3))
def test_two_kits_with_the_same_parts_never_take_a_unit_twice(
    stock: Stocks, first: dict[str, int], second: dict[str, int], kits: int
) -> None:
    demands = [*lines_of("one", kits, first), *lines_of("two", kits, second, first=len(first) + 1)]
    decision = route(request_of(demands), shop(), stock)
    check_sound(decision, demands, stock)
    assert sum(part.units for part in decision.assignments) <= most_served(stock, demands)
    for other in route_ranked(request_of(demands), shop(), stock, 4):
        check_sound(other, demands, stock)
        assert other.left_units == decision.left_units
    shuffled = route(request_of(demands[::-1]), shop(), stock)
    assert (shuffled.assignments, shuffled.leftovers) == (decision.assignments, decision.leftovers)


def test_a_part_kept_for_kits_that_do_not_come_goes_to_the_single_line() -> None:
    stock = {"CORD": {("A", "web"): 4, ("B", "web"): 3, ("C", "web"): 1}}
    demands = [Demand(line_id=1, sku="CORD", units=2, mass_g=300), *lines_of("set", 3, {"CORD": 1}, first=2)]
    decision = route(request_of(demands), shop(), stock)
    check_sound(decision, demands, stock)
    assert not decision.leftovers
    wide = {"CORD": {("A", "web"): 4, ("B", "web"): 3, ("C", "web"): 4}}
    demands = [Demand(line_id=1, sku="CORD", units=5, mass_g=300), *lines_of("set", 3, {"CORD": 2}, first=2)]
    assert not route(request_of(demands), shop(), wide).leftovers


def test_many_orders_at_once_leave_kits_whole() -> None:
    stock = {
        "LAMP": {("A", "web"): 1, ("B", "web"): 1},
        "BULB": {("A", "web"): 2, ("B", "web"): 2},
        "CORD": {("A", "web"): 1},
    }
    kits = request_of(lines_of("set", 1, {"LAMP": 1, "BULB": 2}))
    singles = [Demand(line_id=k, sku=sku, units=1, mass_g=300) for k, sku in enumerate(("LAMP", "CORD"), 1)]
    plan = route_jointly([kits, changed(request_of(singles), order_id="o2")], shop(), stock)
    for order in plan.orders:
        check_sound(order.decision, list(kits.demands) if order.order_id == "o1" else singles, stock)
    assert plan.orders[0].decision == plan.orders[0].alone


def test_what_is_left_of_a_kit_whose_other_parts_are_gone_still_ships_in_one() -> None:
    demands = [
        Demand(line_id=1, sku="LAMP", units=1, mass_g=300, kit="set", per_kit=1),
        Demand(line_id=2, sku="BULB", units=1, mass_g=300, kit="set", per_kit=2),
    ]
    apart = {"LAMP": {("A", "web"): 1}, "BULB": {("B", "web"): 1}}
    assert route(request_of(demands), shop(), apart).left_units == 2
    in_one = {"LAMP": {("A", "web"): 1, ("B", "web"): 1}, "BULB": {("B", "web"): 1}}
    assert {part.location_id for part in route(request_of(demands), shop(), in_one).assignments} == {"B"}


def test_the_room_of_a_day_is_counted_in_the_parts_of_a_kit() -> None:
    demands = lines_of("set", 3, {"LAMP": 1, "BULB": 2})
    stock = {"LAMP": {("A", "web"): 3}, "BULB": {("A", "web"): 6}}
    rooms = (Room(location_id="A", day=date(2026, 3, 2), units_left=7),)
    decision = route(request_of(demands, rooms=rooms), shop(), stock)
    assert sum(part.units for part in decision.assignments) == 6


def test_what_if_counts_the_parts_that_are_missing() -> None:
    demands = lines_of("set", 1, {"LAMP": 1, "BULB": 2})
    stock = {"LAMP": {("A", "web"): 1}, "BULB": {("A", "web"): 1, ("B", "web"): 5}}
    question = Question(request=request_of(demands), network=shop(), stock=stock)
    assert question.decide().left_units == 3
    found = what_would_ship_from("A", question)
    assert [each.says for each in found if "BULB" in each.says] == ["with 1 more unit of BULB"]
