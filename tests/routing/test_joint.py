"""Joint routing: never worse than one by one, never more than there is, every order by its own rules, and the proof
holds against a program that is written from the rules alone.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omscore.errors import InputError, SetupError
from omscore.places import Destination, Point
from omscore.records import changed
from omscore.routing import Demand, MaxDistance, Network, Profile, RoutingRequest, SafetyStock
from omscore.routing.joint import JointPlan, route_jointly
from omscore.routing.joint import plan as joint_plan
from omscore.routing.model import Room
from tests.kit.joint_mip import joint_model, solved_within
from tests.routing.shops import Stock, location, network

SKUS = ("A", "B", "C", "D")
PLACES = ("L1", "L2", "L3", "L4")
DAY = date(2026, 3, 2)
PLAIN = (
    Profile(name="plain"),
    Profile(name="plain"),
    Profile(name="two", max_locations=2),
    Profile(name="one", max_locations=1),
    Profile(name="whole", split_lines=False),
)
RULED = (
    *PLAIN,
    Profile(name="few", strategy="fewest_shipments"),
    Profile(name="list", strategy="in_order"),
    Profile(name="close", strategy="nearest"),
    Profile(name="near", filters=(MaxDistance(km=300), SafetyStock(units=1, hard=False))),
    Profile(name="soft", filters=(MaxDistance(km=200, hard=False),)),
    Profile(name="all", all_or_nothing=True),
)


def shop(draw: random.Random) -> Network:
    return network(
        *(
            location(
                place,
                handling_minor=draw.choice((0, 20, 70)),
                point=Point(draw.uniform(48, 54), draw.uniform(7, 13)),
                priority=draw.randint(0, 2),
            )
            for place in PLACES[: draw.randint(2, 4)]
        ),
        penalty=draw.choice((0, 50, 200)),
        per_100km=draw.choice((20, 60)),
    )


def shelf(draw: random.Random, pools: Sequence[str]) -> Stock:
    """Few units of each SKU, here and there."""
    return {
        sku: {(place, pool): draw.randint(1, 3) for place in PLACES for pool in pools if draw.random() < 0.5}
        for sku in SKUS
    }


def batch(
    draw: random.Random, profiles: Sequence[Profile], pools: Sequence[tuple[str, ...]], *, with_rooms: bool = False
) -> list[RoutingRequest]:
    rooms = [
        Room(location_id=place, day=DAY, orders_left=draw.choice((None, 1, 3)), units_left=draw.choice((None, 2, 5)))
        for place in PLACES
        if with_rooms and draw.random() < 0.3
    ]
    made = []
    for number in range(draw.randint(2, 6)):
        skus = draw.sample(SKUS, draw.randint(1, 3))
        together = draw.choice(("", "", "set")) if with_rooms else ""
        made.append(
            RoutingRequest(
                order_id=f"o{number}",
                channel="web",
                demands=tuple(
                    Demand(
                        line_id=line,
                        sku=sku,
                        units=draw.randint(1, 3),
                        mass_g=300 + 900 * SKUS.index(sku),
                        together=together if line < 3 else "",
                    )
                    for line, sku in enumerate(skus, 1)
                ),
                destination=Destination(country="DE", point=Point(draw.uniform(48, 54), draw.uniform(7, 13))),
                pools=draw.choice(pools),
                profile=draw.choice(profiles),
                threshold_units=draw.choice((0, 0, 1)),
                rooms=tuple(rooms),
            )
        )
    return made


def seeded(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311


SEEDS = st.integers(0, 10**9).map(seeded)


def sent(plan: JointPlan) -> Counter[tuple[str, str, str, int]]:
    """Units by SKU, location, pool and order."""
    found: Counter[tuple[str, str, str, int]] = Counter()
    for number, order in enumerate(plan.orders):
        for part in order.decision.assignments:
            found[part.sku, part.location_id, part.pool, number] += part.units
    return found


def check(plan: JointPlan, requests: Sequence[RoutingRequest], stock: Stock, *, fair: bool) -> None:
    """The laws every joint plan keeps."""
    assert plan.lower <= plan.cost <= plan.alone_cost
    assert plan.units >= plan.alone_units
    assert plan.cost.minor == sum(order.decision.cost.minor for order in plan.orders if order.decision.cost)
    drawn: Counter[tuple[str, str, str]] = Counter()
    for (sku, place, pool, _), units in sent(plan).items():
        drawn[sku, place, pool] += units
    assert all(units <= stock[sku].get((place, pool), 0) for (sku, place, pool), units in drawn.items())
    for sku, place, pool in drawn:
        strict = sum(
            units
            for (its, there, of, number), units in sent(plan).items()
            if (its, there, of) == (sku, place, pool) and requests[number].threshold_units
        )
        assert not strict or strict <= stock[sku][place, pool] - 1, "the orders that keep one back leave one"
    for request, order in zip(requests, plan.orders, strict=True):
        wanted = {line.line_id: line.units for line in request.demands}
        served: Counter[int] = Counter()
        for part in order.decision.assignments:
            served[part.line_id] += part.units
            assert part.pool in request.pools
        assert all(units <= wanted[line] for line, units in served.items())
        left = Counter({leftover.line_id: leftover.units for leftover in order.decision.leftovers})
        assert served + left == Counter(wanted)
        if fair:
            alone: Counter[int] = Counter()
            for part in order.alone.assignments:
                alone[part.line_id] += part.units
            assert served == alone, "no line gets fewer units than one by one"


def sources(decision: object, sku: str) -> set[str]:
    return {part.location_id for part in decision.assignments if part.sku == sku}  # type: ignore[attr-defined]


@given(SEEDS)
@settings(max_examples=60, deadline=None)
def test_the_joint_plan_is_as_cheap_as_a_program_finds_it_and_the_proof_holds(draw: random.Random) -> None:
    net, stock = shop(draw), shelf(draw, ("general",))
    requests = batch(draw, PLAIN, (("general",),))
    plan = route_jointly(requests, net, stock)
    check(plan, requests, stock, fair=True)
    best = solved_within(joint_model(requests, [order.alone for order in plan.orders], net, stock))
    assert plan.lower.minor <= best.cost + 1e-3
    assert plan.cost.minor == pytest.approx(best.cost, rel=2.5e-4)  # no search for less than that


@given(SEEDS)
@settings(max_examples=40, deadline=None)
def test_with_several_pools_the_proof_holds_and_the_plan_is_not_worse_than_one_by_one(draw: random.Random) -> None:
    net, stock = shop(draw), shelf(draw, ("general", "web"))
    requests = batch(draw, PLAIN, (("general",), ("web", "general"), ("general", "web"), ("web",)))
    plan = route_jointly(requests, net, stock)
    check(plan, requests, stock, fair=True)
    best = solved_within(joint_model(requests, [order.alone for order in plan.orders], net, stock))
    assert plan.lower.minor <= best.cost + 1e-3 <= plan.cost.minor + 2e-3


@given(SEEDS)
@settings(max_examples=60, deadline=None)
def test_every_order_keeps_its_own_rules(draw: random.Random) -> None:
    net, stock = shop(draw), shelf(draw, ("general",))
    requests = batch(draw, RULED, (("general",),), with_rooms=True)
    plan = route_jointly(requests, net, stock)
    check(plan, requests, stock, fair=True)
    for request, order in zip(requests, plan.orders, strict=True):
        profile, decision, alone = request.profile, order.decision, order.alone
        places = {part.location_id for part in decision.assignments}
        assert decision.profile == profile.label
        assert decision.given_up == alone.given_up
        assert not profile.max_locations or len(places) <= profile.max_locations
        for sku in {line.sku for line in request.demands}:
            assert len(sources(decision, sku)) <= 1 or len(sources(alone, sku)) > 1, "torn only what was torn before"
        match profile.strategy:
            case "in_order" | "nearest":
                assert decision.assignments == alone.assignments
            case "fewest_shipments":
                assert len(places) <= len({part.location_id for part in alone.assignments})
        for rule in profile.filters:
            if isinstance(rule, MaxDistance) and rule.rule not in decision.given_up:
                km = [net.km(net.location(place), request.destination) for place in places]
                assert all(each is not None and each <= rule.km for each in km)
        if any(line.together for line in request.demands) and "keep_together" not in decision.given_up:
            group = [line for line in request.demands if line.together]
            ships = [sources(decision, line.sku) for line in group]
            assert all(each == ships[0] and len(each) <= 1 for each in ships)
    for room in requests[0].rooms:
        here = [[p.units for p in o.decision.assignments if p.location_id == room.location_id] for o in plan.orders]
        assert room.units_left is None or sum(map(sum, here)) <= room.units_left
        assert room.orders_left is None or len([units for units in here if units]) <= room.orders_left


@given(SEEDS, st.booleans())
@settings(max_examples=30, deadline=None)
def test_the_same_batch_in_any_shape_gives_the_same_plan(draw: random.Random, fair: bool) -> None:
    net, stock = shop(draw), shelf(draw, ("general", "web"))
    requests = batch(draw, RULED, (("general", "web"), ("general",)), with_rooms=True)
    plan = route_jointly(requests, net, stock, fair=fair)
    shuffled = {sku: dict(draw.sample(list(cells.items()), len(cells))) for sku, cells in stock.items()}
    shuffled = dict(draw.sample(list(shuffled.items()), len(shuffled)))
    places = tuple(draw.sample(net.locations, len(net.locations)))
    lines = [changed(r, demands=tuple(draw.sample(r.demands, len(r.demands)))) for r in requests]
    again = route_jointly(lines, changed(net, locations=places), shuffled, fair=fair)
    assert (again.cost, again.lower, sent(again)) == (plan.cost, plan.lower, sent(plan))


@given(SEEDS)
@settings(max_examples=40, deadline=None)
def test_without_fairness_no_fewer_units_are_served_in_all_and_the_cost_is_not_higher(draw: random.Random) -> None:
    net, stock = shop(draw), shelf(draw, ("general",))
    requests = batch(draw, RULED, (("general",),), with_rooms=True)
    plan = route_jointly(requests, net, stock, fair=False)
    check(plan, requests, stock, fair=False)
    fair = route_jointly(requests, net, stock)
    assert plan.lower <= fair.cost


@given(SEEDS)
@settings(max_examples=40, deadline=None)
def test_without_fairness_the_proof_holds_and_the_plan_is_as_cheap_as_a_program_finds_it(draw: random.Random) -> None:
    net, stock = shop(draw), shelf(draw, ("general",))
    requests = batch(draw, PLAIN[:4], (("general",),))
    plan = route_jointly(requests, net, stock, fair=False)
    check(plan, requests, stock, fair=False)
    alone = [order.alone for order in plan.orders]
    best = solved_within(joint_model(requests, alone, net, stock, fair=False))
    assert plan.lower.minor <= best.cost + 1e-3
    assert plan.cost.minor == pytest.approx(best.cost, rel=2.5e-4)  # no search for less than that


def test_units_go_to_the_order_that_saves_most_by_them_where_the_caller_allows_it() -> None:
    """One unit is there; the first order is far away. Fairness gives it to the first order all the same."""
    net = network(location("L1", point=Point(50.0, 10.0)), per_100km=100)
    stock = {"A": {("L1", "general"): 1}}
    requests = [
        RoutingRequest(
            order_id=name,
            channel="web",
            demands=(Demand(line_id=1, sku="A", units=1, mass_g=500),),
            pools=("general",),
            destination=Destination(country="DE", point=Point(lat, 10.0)),
        )
        for name, lat in (("far", 54.0), ("near", 50.1))
    ]
    fair = route_jointly(requests, net, stock)
    assert [len(order.decision.assignments) for order in fair.orders] == [1, 0]
    assert (fair.method, fair.saved.minor, fair.gap.minor) == ("one by one", 0, 0)
    free = route_jointly(requests, net, stock, fair=False)
    assert [len(order.decision.assignments) for order in free.orders] == [0, 1]
    assert free.cost < fair.cost
    assert free.gap.minor == 0


def test_an_order_that_could_ship_from_elsewhere_leaves_the_unit_to_the_one_that_cannot() -> None:
    net = network(location("L1"), location("L2", handling_minor=10), penalty=100)
    stock = {"A": {("L1", "general"): 1, ("L2", "general"): 1}, "B": {("L1", "general"): 1}}
    first, second = (
        RoutingRequest(
            order_id=name,
            channel="web",
            pools=("general",),
            destination=Destination(country="DE"),
            demands=tuple(Demand(line_id=k, sku=sku, units=1, mass_g=100) for k, sku in enumerate(skus)),
        )
        for name, skus in (("first", ("A",)), ("second", ("A", "B")))
    )
    told: list[str] = []
    plan = route_jointly([first, second], net, stock, progress=told.append)
    assert (plan.alone_cost.minor, plan.cost.minor, plan.gap.minor) == (400 + 400 + 410 + 100, 410 + 400, 0)
    assert [order.saved_minor for order in plan.orders] == [-10, 510]
    assert [order.order_id for order in plan.changed_orders] == ["first", "second"]
    assert told
    assert not plan.is_stopped


def test_no_time_at_all_gives_the_plans_of_one_by_one() -> None:
    draw = seeded(3)
    net, stock = shop(draw), shelf(draw, ("general",))
    requests = batch(draw, PLAIN, (("general",),))
    plan = route_jointly(requests, net, stock, time_limit_s=0)
    check(plan, requests, stock, fair=True)
    assert plan.is_stopped
    assert [order.decision for order in plan.orders] == [order.alone for order in plan.orders]


def test_a_long_order_keeps_its_plan_and_is_counted_in_the_bound() -> None:
    net = network(location("L1"), location("L2", handling_minor=10), penalty=100)
    skus = [f"S{number:02}" for number in range(12)]
    stock = {sku: {("L1", "general"): 1, ("L2", "general"): 1} for sku in skus}
    requests = [
        RoutingRequest(
            order_id=name,
            channel="web",
            pools=("general",),
            destination=Destination(country="DE"),
            demands=tuple(Demand(line_id=k, sku=sku, units=1, mass_g=100) for k, sku in enumerate(wanted)),
        )
        for name, wanted in (("long", skus), ("short", skus[:1]))
    ]
    for fair in (True, False):
        plan = route_jointly(requests, net, stock, fair=fair)
        check(plan, requests, stock, fair=fair)
        assert not plan.orders[0].is_changed


def test_an_empty_batch_costs_nothing_and_an_order_is_routed_once() -> None:
    net = network(location("L1"))
    assert route_jointly([], net, {}).cost.minor == 0
    request = batch(seeded(1), PLAIN, (("general",),))[0]
    with pytest.raises(InputError, match="'o0' is in the batch twice"):
        route_jointly([request, request], net, {})


def test_without_a_solver_the_answer_is_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "highspy", None)
    for name in ("search", "master"):
        monkeypatch.delitem(sys.modules, f"omscore.routing.joint.{name}", raising=False)
    with pytest.raises(SetupError, match=r"pip install 'omscore\[opt\]'"):
        joint_plan.route_jointly(batch(seeded(1), PLAIN, (("general",),)), network(location("L1")), {})
