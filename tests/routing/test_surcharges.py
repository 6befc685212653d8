"""Surcharges: what a carrier adds to its rates, to the cent, and never a plan that was not weighed with them."""

from __future__ import annotations

import random
from collections.abc import Collection
from decimal import Decimal
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omscore.errors import InputError, SetupError
from omscore.items import ItemFlag
from omscore.money import Money
from omscore.places import Destination
from omscore.records import changed
from omscore.routing import (
    Decision,
    Demand,
    Network,
    Profile,
    RateTable,
    RoutingRequest,
    Strategy,
    Surcharge,
    contents,
    route,
)
from tests.kit.mip import model_of, solved
from tests.routing.shops import (
    ABROAD,
    HOME,
    TABLE,
    ask,
    least_cost,
    location,
    network,
    on_shelf,
    random_case,
    with_extras,
)

HAZMAT, FRAGILE = ItemFlag.HAZMAT, ItemFlag.FRAGILE
FUEL = Surcharge(name="fuel", percent=Decimal("12.5"))
REMOTE = Surcharge(name="remote", fixed=Decimal(6), countries=("DE",), postcode_areas=("25", "999"))
DANGER = Surcharge(name="danger", fixed=Decimal(15), flags=(HAZMAT,))


def priced(*surcharges: Surcharge) -> RateTable:
    return changed(TABLE, surcharges=surcharges)


def surcharges() -> st.SearchStrategy[Surcharge]:
    some = st.sampled_from(("DE", "AT"))
    return st.builds(
        Surcharge,
        name=st.just("s"),
        fixed=st.none() | st.decimals("0.01", "20", places=2),
        percent=st.decimals("0.0001", "80", places=4),
        countries=st.lists(some, max_size=2, min_size=1).map(tuple),
        postcode_areas=st.sampled_from(((), ("1",), ("10", "25"))),
        flags=st.sampled_from(((), (HAZMAT,), (HAZMAT, FRAGILE))),
    )


@given(
    given_=st.lists(surcharges(), max_size=4),
    mass_g=st.integers(0, 70_000),
    area=st.sampled_from(("", "101", "1", "25", "9-99", "2")),
    flags=st.sets(st.sampled_from((HAZMAT, FRAGILE, ItemFlag.FOOD))),
)
def test_a_price_is_the_rate_and_every_surcharge_that_falls_due_each_rounded_half_up(
    given_: list[Surcharge], mass_g: int, area: str, flags: set[ItemFlag]
) -> None:
    named = tuple([changed(each, name=f"s{k}") for k, each in enumerate(given_)])
    rate = TABLE.quote("DE", "DE", mass_g)
    quote = priced(*named).quote("DE", "DE", mass_g, postcode_area=area, flags=flags)
    assert rate is not None and quote is not None
    due = [
        each
        for each in named
        if "DE" in each.countries
        and (not each.postcode_areas or any(area.startswith(start) for start in each.postcode_areas))
        and (not each.flags or flags & set(each.flags))
    ]
    amounts = [
        int((each.fixed or 0) * 100) + floor(Fraction(each.percent or 0) * rate.price.minor / 100 + Fraction(1, 2))
        for each in due
    ]
    assert quote.surcharges == tuple(
        [(each.name, Money(minor, "EUR")) for each, minor in zip(due, amounts, strict=True)]
    )
    assert quote.price.minor == rate.price.minor + sum(amounts)
    ladder = priced(*named).ladder("DE", "DE", mass_g, postcode_area=area, flags=flags)
    assert ladder is not None and ladder.price(mass_g) == quote.price.minor


def test_a_fixed_surcharge_is_paid_once_for_a_shipment_of_several_parcels() -> None:
    table = priced(Surcharge(name="pickup", fixed=Decimal("2.50")))
    quote = table.quote("DE", "DE", 95_000)  # four parcels
    assert quote is not None and quote.price.minor == 3_950 + 250


def test_half_a_cent_is_rounded_up() -> None:
    quote = priced(Surcharge(name="fuel", percent=Decimal("0.125"))).quote("DE", "DE", 100)  # of 4.00
    assert quote is not None and quote.surcharges == (("fuel", Money(1, "EUR")),)


def test_a_surcharge_on_one_service_may_make_another_one_the_cheapest() -> None:
    card = "carrier,service,zone,min_g,max_g,price,currency,transit_days\n"
    rows = "post,parcel,home,0,9000,4.00,EUR,2\nair,jet,home,0,9000,4.20,EUR,1\n"
    levy = Surcharge(name="levy", fixed=Decimal("0.50"), carriers=("post",), services=("parcel",))
    table = RateTable.from_csv(card + rows, (HOME, ABROAD), (levy,))
    assert [(each.service, each.price.minor) for each in table.quotes("DE", "DE", 1)] == [("jet", 420), ("parcel", 450)]


def test_routing_goes_round_a_surcharge_where_another_way_costs_less() -> None:
    """From A in one parcel of 1,400 g, or in two of 700 g that each pay the pick-up."""
    goods = ((1, "X", 1, 700), (2, "Y", 1, 700))
    shop = network(location("A", handling_minor=1_000), location("B"), location("C"))
    stock = on_shelf(X={"A": 1, "B": 1}, Y={"A": 1, "C": 1})
    for surcharges_, chosen in (((), {"B", "C"}), ((Surcharge(name="pickup", fixed=Decimal(9)),), {"A"})):
        decision = route(ask(*goods), changed(shop, rates=priced(*surcharges_)), stock)
        assert {part.location_id for part in decision.assignments} == chosen


def test_the_reason_names_the_surcharges_and_the_billed_mass() -> None:
    shop = changed(network(location("A"), table=priced(FUEL, REMOTE)), dim_divisor_cm3_per_kg=5_000)
    request = RoutingRequest(
        order_id="o",
        channel="web",
        demands=(Demand(line_id=1, sku="X", units=2, mass_g=300, volume_mm3=5_000_001),),
        destination=Destination(country="DE", postcode_area="259"),
        pools=("general",),
    )
    decision = route(request, shop, on_shelf(X={"A": 2}))
    assert [reason.says for reason in decision.reasons] == [
        "ships 2 units on 1 line, 2002 g billed for 13.31 EUR, of it fuel 0.81 EUR, remote 6.00 EUR"
    ]


@pytest.mark.parametrize("tame", [True, False], ids=["rising prices", "prices that jump"])
def test_with_surcharges_and_billed_mass_small_orders_still_cost_what_trying_everything_finds(tame: bool) -> None:
    dearer = 0
    for seed in range(500):
        rng = random.Random(seed)  # noqa: S311
        plain = random_case(rng, lines=5, places=rng.randint(1, 4), tame=tame)
        request, shop, stock = with_extras(rng, plain)
        decision = route(request, shop, stock)
        assert (minor(decision), gap(decision)) == (least_cost(request, shop, stock)[0], 0), seed
        dearer += minor(decision) > minor(route(*plain))
    assert dearer > 300


def test_with_surcharges_and_billed_mass_the_cheapest_plan_costs_what_a_solver_finds() -> None:
    for seed in range(60):
        rng = random.Random(seed)  # noqa: S311
        request, shop, stock = with_extras(rng, random_case(rng, lines=6, places=8))
        decision = route(request, shop, stock)
        if decision.cost is None:
            continue
        found = solved(model_of(request, shop, stock))
        assert found is not None and decision.gap is None
        assert abs(decision.cost.minor - found) <= 1e-6 * found, seed


@pytest.mark.parametrize(
    ("tries", "strategy"), [(64, "cheapest"), (0, "cheapest"), (64, "fewest_shipments"), (9, "in_order")]
)
def test_with_surcharges_on_sorts_of_items_a_plan_costs_what_its_parcels_do_and_its_gap_is_never_too_small(
    monkeypatch: pytest.MonkeyPatch, tries: int, strategy: Strategy
) -> None:
    monkeypatch.setattr(contents, "MOST_TRIES", tries)
    of_sorts = proven = 0
    for seed in range(700):
        rng = random.Random(seed)  # noqa: S311
        request, shop, stock = with_extras(rng, random_case(rng, lines=4, places=rng.randint(1, 4)), flags=True)
        decision = route(changed(request, profile=Profile(name="p", strategy=strategy)), shop, stock)
        assert minor(decision) == by_parcel(decision, request, shop), seed
        best, left = least_cost(
            request, shop, stock, apart=strategy == "in_order", fewest=strategy == "fewest_shipments"
        )
        assert minor(decision) - gap(decision) <= best <= minor(decision), seed
        assert decision.left_units == left, seed
        if any(shop.rates.flags.intersection(demand.flags) for demand in request.demands):
            of_sorts += 1
            proven += decision.gap is None
    assert of_sorts > 300
    assert (proven > 0.95 * of_sorts) == (tries == 64)


def test_lines_that_ship_together_pay_for_the_dangerous_one_among_them() -> None:
    shop = network(location("A", handling_minor=200), location("B"), location("C"), table=priced(DANGER))
    demands = tuple(
        Demand(line_id=n, sku=sku, units=1, mass_g=100, flags=flags, together=together)
        for n, sku, flags, together in ((1, "X", (HAZMAT,), "set"), (2, "Y", (), "set"), (3, "Z", (), ""))
    )
    stock = on_shelf(X={"A": 1, "B": 1}, Y={"A": 1, "C": 1}, Z={"A": 1, "B": 1})
    decision = route(changed(ask((1, "X", 1, 1)), demands=demands), shop, stock)
    assert [part.location_id for part in decision.assignments] == ["A", "A", "A"]
    assert (minor(decision), decision.gap) == (2_100, None)


def test_a_surcharge_on_dangerous_goods_is_proven_where_all_goods_are_dangerous_or_one_parcel_is_enough() -> None:
    shop = network(location("A"), location("B", handling_minor=10), table=priced(DANGER))
    stock = on_shelf(X={"A": 1, "B": 1}, Y={"A": 1, "B": 1})
    for first, second, cost in (((HAZMAT,), (HAZMAT,), 1_900), ((HAZMAT,), (), 1_900), ((), (), 400)):
        demands = (
            Demand(line_id=1, sku="X", units=1, mass_g=100, flags=first),
            Demand(line_id=2, sku="Y", units=1, mass_g=100, flags=second),
        )
        decision = route(changed(ask((1, "X", 1, 1)), demands=demands), shop, stock)
        assert (minor(decision), decision.gap) == (cost, None)
        assert "1 more than the plan" not in decision.reasons[1].says
        assert decision.reasons[1].says.endswith("0.10 EUR more than the plan")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({}, "adds nothing"),
        ({"fixed": Decimal(-1)}, "fixed of surcharge s must be above zero, and is -1"),
        ({"percent": Decimal(0)}, "percent of surcharge s must be above zero and at most 1000"),
        ({"percent": Decimal("NaN")}, "percent of surcharge s must be"),
        ({"fixed": Decimal(1), "name": "S T"}, "the name of a surcharge"),
        ({"fixed": Decimal(1), "countries": ("Germany",)}, "'Germany'"),
        ({"fixed": Decimal(1), "postcode_areas": ("99",)}, "name their countries too"),
        ({"fixed": Decimal(1), "countries": ("DE",), "postcode_areas": ("25849",)}, "no more of a postcode is known"),
        ({"fixed": Decimal(1), "countries": ("GB",), "postcode_areas": ("iv",)}, "capital letters and digits"),
        ({"fixed": Decimal(1), "countries": ("GB",), "postcode_areas": ("",)}, "1 to 4 capital letters"),
    ],
)
def test_a_surcharge_that_makes_no_sense_is_refused(fields: dict[str, object], says: str) -> None:
    with pytest.raises(InputError, match=says):
        Surcharge(**{"name": "s", **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "says"),
    [
        ((FUEL, FUEL), "surcharge fuel is there twice"),
        ((changed(FUEL, carriers=("pots",)),), "fits no service of the rate card, which has parcel of post"),
        ((changed(FUEL, fixed=Decimal("0.125")),), "surcharge fuel: .*0.125"),
    ],
)
def test_a_surcharge_the_rate_card_cannot_have_is_refused(found: tuple[Surcharge, ...], says: str) -> None:
    with pytest.raises(SetupError, match=says):
        priced(*found)


@given(mass_g=st.integers(0, 5_000), volume_mm3=st.integers(0, 10**8), divisor=st.integers(1, 9_000))
def test_the_billed_mass_of_a_unit_is_the_larger_of_its_mass_and_its_room(
    mass_g: int, volume_mm3: int, divisor: int
) -> None:
    billed = changed(network(location("A")), dim_divisor_cm3_per_kg=divisor).billed_g(mass_g, volume_mm3)
    dimensional = Fraction(volume_mm3, 1_000) / divisor * 1_000  # cm3 by cm3 per kg, in grams
    assert billed >= mass_g and billed >= dimensional
    assert billed == mass_g or billed - 1 < dimensional
    assert network(location("A")).billed_g(mass_g, volume_mm3) == mass_g


def test_a_divisor_below_one_and_two_volumes_of_one_article_are_refused() -> None:
    with pytest.raises(SetupError, match="must be 1 or more, and is 0"):
        changed(network(location("A")), dim_divisor_cm3_per_kg=0)
    one = Demand(line_id=1, sku="X", units=1, mass_g=1, volume_mm3=5)
    for other, says in ((6, "the volume 6 mm3 on line 2 but 5 before"), (-1, "the volume -1")):
        with pytest.raises(InputError, match=says):
            changed(ask((1, "X", 1, 1)), demands=(one, changed(one, line_id=2, volume_mm3=other)))


def minor(decision: Decision) -> int:
    return decision.cost.minor if decision.cost else 0


def gap(decision: Decision) -> int:
    return decision.gap.minor if decision.gap else 0


def by_parcel(decision: Decision, request: RoutingRequest, shop: Network) -> int:
    """The cost of a plan, parcel by parcel for what is in it."""
    goods = {demand.line_id: demand for demand in request.demands}
    loads: dict[str, int] = {}
    flags: dict[str, set[ItemFlag]] = {}
    for part in decision.assignments:
        line = goods[part.line_id]
        loads[part.location_id] = loads.get(part.location_id, 0) + part.units * shop.billed_g(
            line.mass_g, line.volume_mm3
        )
        flags.setdefault(part.location_id, set()).update(line.flags)
    return sum([cost_of(shop, name, request, load, flags[name]) for name, load in loads.items()]) + (
        shop.split_penalty_minor * max(0, len(loads) - 1)
    )


def cost_of(shop: Network, name: str, request: RoutingRequest, load: int, flags: Collection[ItemFlag]) -> int:
    cost = shop.shipment_cost(shop.location(name), request.destination, load, flags)
    assert cost is not None
    return cost.minor
