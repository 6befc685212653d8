"""What each rule of a location and of a profile says, and which profile an order is routed by."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from omscore.errors import InputError, SetupError
from omscore.items import ItemFlag
from omscore.money import Money
from omscore.places import Destination, Downtime, LocationKind, Point
from omscore.records import changed
from omscore.routing import (
    Choice,
    Decision,
    Demand,
    LocationGroup,
    MaxDistance,
    OnlyGroups,
    OnlyKinds,
    OrderFacts,
    Profile,
    Rulebook,
    SafetyStock,
    SameMarket,
    route,
)
from tests.routing.shops import ask, location, network, on_shelf

MUNICH = Destination(country="DE", point=Point(48.1, 11.6))
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SHOP = network(
    location("BER", point=Point(52.5, 13.4)),
    location("MUC", point=Point(48.1, 11.5), kind=LocationKind.STORE),
    location("WIE", point=Point(48.2, 16.4), country="AT"),
    groups=(LocationGroup(name="stores", locations=("MUC",)), LocationGroup(name="all", locations=("BER", "MUC"))),
)


def said(decision: Decision, location_id: str) -> tuple[str, str]:
    return next((each.rule, each.says) for each in decision.reasons if each.location_id == location_id)


@pytest.mark.parametrize(
    ("rule", "refused"),
    [
        (MaxDistance(km=360), {"BER": "is 506 km away, 360 km are allowed"}),
        (MaxDistance(km=600), {}),
        (
            OnlyGroups(groups=("stores",)),
            {"BER": "is in none of the groups stores", "WIE": "is in none of the groups stores"},
        ),
        (OnlyKinds(kinds=(LocationKind.WAREHOUSE,)), {"MUC": "is a store, not a warehouse"}),
        (SameMarket(), {"WIE": "is in AT, outside the market of DE"}),
        (SameMarket(markets=(("FR", "AT"), ("DE", "AT"))), {}),
    ],
)
def test_a_filter_refuses_in_words_with_the_numbers_that_decided(rule: MaxDistance, refused: dict[str, str]) -> None:
    request = ask((1, "S", 1, 100), destination=MUNICH, profile=Profile(name="strict", filters=(rule,)))
    decision = route(request, SHOP, on_shelf(S={"BER": 1, "MUC": 1, "WIE": 1}))
    assert {each.location_id: each.says for each in decision.reasons if each.rule == rule.rule} == refused


def test_a_destination_nobody_can_find_on_the_map_lets_every_location_pass() -> None:
    request = ask((1, "S", 1, 100), profile=Profile(name="near", filters=(MaxDistance(km=1),)))
    assert route(request, SHOP, on_shelf(S={"BER": 1})).assignments


def test_safety_stock_stays_back_in_every_cell_besides_what_the_channel_keeps() -> None:
    shop, stock = network(location("A"), location("B")), on_shelf(S={"A": 4, "B": 2})
    request = ask((1, "S", 3, 100), threshold=1, profile=Profile(name="careful", filters=(SafetyStock(units=2),)))
    decision = route(request, shop, stock)
    assert [(part.location_id, part.units) for part in decision.assignments] == [("A", 1)]
    assert decision.left_units == 2


def test_a_soft_filter_gives_way_when_units_would_be_left_over_and_is_named() -> None:
    shop, stock = network(location("A"), location("B")), on_shelf(S={"A": 4, "B": 2})
    careful = Profile(name="careful", filters=(SafetyStock(units=2, hard=False),))
    kept = route(ask((1, "S", 2, 100), profile=careful), shop, stock)
    assert (kept.given_up, kept.left_units) == ((), 0)
    eased = route(ask((1, "S", 4, 100), profile=careful), shop, stock)
    assert (eased.given_up, eased.left_units) == (("safety_stock",), 0)
    still = route(ask((1, "S", 9, 100), profile=careful), shop, stock)
    assert (still.given_up, still.left_units) == (("safety_stock",), 3)


def test_soft_filters_give_way_in_the_order_they_are_named_and_no_further_than_needed() -> None:
    soft = (MaxDistance(km=100, hard=False), SameMarket(hard=False))
    profile = Profile(name="local", filters=soft)
    request = ask((1, "S", 1, 100), destination=MUNICH, profile=profile)
    assert route(request, SHOP, on_shelf(S={"MUC": 1, "BER": 1})).given_up == ()
    assert route(request, SHOP, on_shelf(S={"BER": 1, "WIE": 1})).given_up == ("max_distance",)
    assert route(request, SHOP, on_shelf(S={"WIE": 1})).given_up == ("max_distance", "same_market")


def test_a_soft_filter_given_up_in_vain_on_the_way_holds_after_all() -> None:
    profile = Profile(name="p", filters=(SafetyStock(units=2, hard=False), SameMarket(hard=False)))
    shop = network(location("A", country="AT"), location("B"))
    decision = route(ask((1, "X", 1, 100), profile=profile), shop, on_shelf(X={"A": 9}))
    assert decision.given_up == ("same_market",)


def test_no_location_speaks_of_others_that_ship_what_nobody_ships() -> None:
    whole = Profile(name="p", strategy="in_order", split_lines=False)
    shop = network(location("A", priority=1), location("C", priority=3))
    decision = route(ask((1, "X", 3, 100), profile=whole), shop, on_shelf(X={"A": 1, "C": 3}))
    assert said(decision, "A")[1] == "has 1 of the 3 units; by the rules of the profile it ships none"
    capped = Profile(name="p", strategy="in_order", max_locations=1)
    request = ask((1, "X", 1, 100), (2, "Y", 1, 100), profile=capped)
    decision = route(request, network(location("A"), location("B")), on_shelf(X={"A": 1}, Y={"B": 1}))
    assert said(decision, "B")[1] == "has 1 of the 2 units; by the rules of the profile it ships none"


def test_another_profile_is_taken_when_it_leaves_less_over_and_it_is_told_why() -> None:
    near = Profile(name="near", filters=(MaxDistance(km=100),))
    wide = Profile(name="wide", version=3)
    request = ask((1, "S", 2, 100), destination=MUNICH, profile=near, otherwise=(wide,))
    first = route(request, SHOP, on_shelf(S={"MUC": 2}))
    assert (first.profile, first.because) == ("near@1", "")
    second = route(request, SHOP, on_shelf(S={"MUC": 1, "BER": 1}))
    assert (second.profile, second.because) == ("wide@3", "near@1 left 1 unit over")
    neither = route(request, SHOP, on_shelf(S={"MUC": 1}))
    assert (neither.profile, neither.left_units) == ("near@1", 1)


def test_a_location_takes_no_work_while_it_is_down() -> None:
    stocktaking = Downtime(
        since=datetime(2026, 3, 2, 8, tzinfo=UTC), until=datetime(2026, 3, 3, 8, tzinfo=UTC), says="stocktaking"
    )
    shop = network(location("A", downtimes=(stocktaking,)), location("B"))
    request = ask((1, "S", 1, 100))
    stock = on_shelf(S={"A": 1})
    during = route(changed(request, at=NOON), shop, stock)
    assert said(during, "A") == ("downtime", "takes no work before 2026-03-03 08:00+00:00: stocktaking")
    assert not during.assignments
    assert route(changed(request, at=stocktaking.until), shop, stock).assignments
    with pytest.raises(InputError, match="ends before it begins"):
        Downtime(since=NOON, until=NOON, says="nothing")
    with pytest.raises(InputError, match="with their offset"):
        Downtime(since=datetime(2026, 1, 1), until=NOON, says="nowhere")


def test_a_location_ships_nothing_that_it_refuses_and_everything_else() -> None:
    shop = network(location("A", refuses=(ItemFlag.HAZMAT, ItemFlag.FOOD)), location("B"))
    paint = Demand(line_id=1, sku="PAINT", units=1, mass_g=500, flags=(ItemFlag.FRAGILE, ItemFlag.HAZMAT))
    brush = Demand(line_id=2, sku="BRUSH", units=1, mass_g=50)
    stock = on_shelf(PAINT={"A": 5, "B": 5}, BRUSH={"A": 5})
    both = route(changed(ask(), demands=(paint, brush)), shop, stock)
    assert {part.sku: part.location_id for part in both.assignments} == {"PAINT": "B", "BRUSH": "A"}
    alone = route(changed(ask(), demands=(paint,)), shop, stock)
    assert said(alone, "A") == ("refuses", "ships nothing that is hazmat")


def test_the_nearest_location_ships_first_and_without_a_point_the_one_in_the_country() -> None:
    profile = Profile(name="near", strategy="nearest")
    stock = on_shelf(S={"BER": 5, "MUC": 1, "WIE": 5})
    request = ask((1, "S", 3, 100), destination=MUNICH, profile=profile)
    taken = [(part.location_id, part.units) for part in route(request, SHOP, stock).assignments]
    assert taken == [("MUC", 1), ("WIE", 2)]
    assert said(route(request, SHOP, stock), "BER")[0] == "order"
    austria = ask((1, "S", 3, 100), destination=Destination(country="AT"), profile=profile)
    assert [part.location_id for part in route(austria, SHOP, stock).assignments] == ["WIE"]


def test_groups_are_asked_by_their_priority_before_that_of_their_locations() -> None:
    shop = network(
        location("A", priority=0),
        location("B", priority=9),
        groups=(LocationGroup(name="first", locations=("B",), priority=-1),),
    )
    request = ask((1, "S", 1, 100), profile=Profile(name="listed", strategy="in_order"))
    assert route(request, shop, on_shelf(S={"A": 1, "B": 1})).assignments[0].location_id == "B"


PLAIN, VIP, BULK = Profile(name="plain"), Profile(name="vip"), Profile(name="bulk")
FACTS = OrderFacts(
    channel="web", country="DE", value=Money(5000, "EUR"), tags=("vip", "gift"), customer_groups=("trade",)
)


def test_the_most_specific_choice_that_fits_names_the_profile_and_says_why_others_do_not() -> None:
    rulebook = Rulebook(
        currency="EUR",
        profiles=(PLAIN, VIP, BULK),
        choices=(
            Choice(name="everything", profile="plain"),
            Choice(name="special", profile="vip", tags=("vip",)),
            Choice(name="large", profile="bulk", channels=("web",), least_value=Decimal("50.01")),
        ),
    )
    chosen = rulebook.choose(FACTS)
    assert chosen.profile is VIP
    assert chosen.because == "choice special, as others do not fit (large: its value 50.00 EUR is below 50.01)"
    assert rulebook.choose(changed(FACTS, value=Money(5001, "EUR"))).profile is BULK
    assert rulebook.choose(changed(FACTS, tags=())).because == (
        "choice everything, as others do not fit "
        "(large: its value 50.00 EUR is below 50.01; special: it has no tag vip)"
    )


def test_of_two_choices_as_specific_the_one_written_first_counts_and_without_any_the_first_profile() -> None:
    first = Choice(name="first", profile="vip", tags=("gift",))
    second = Choice(name="second", profile="bulk", countries=("DE",))
    assert Rulebook(currency="EUR", profiles=(PLAIN, VIP, BULK), choices=(first, second)).choose(FACTS).profile is VIP
    assert Rulebook(currency="EUR", profiles=(PLAIN, VIP, BULK), choices=(second, first)).choose(FACTS).profile is BULK
    none = Rulebook(currency="EUR", profiles=(PLAIN, VIP), choices=(Choice(name="no", profile="vip", tags=("x",)),))
    assert none.choose(FACTS).profile is PLAIN
    assert none.choose(FACTS).because == "the first profile, as others do not fit (no: it has no tag x)"


@pytest.mark.parametrize("bound", [Decimal("1e30"), Decimal(-1)])
def test_a_bound_no_order_can_have_is_refused(bound: Decimal) -> None:
    with pytest.raises(InputError, match="give an amount from 0"):
        Choice(name="c", profile="plain", least_value=bound)


@pytest.mark.parametrize(
    ("choice", "missed"),
    [
        (Choice(name="c", profile="plain", channels=("store", "phone")), "the channel is web"),
        (Choice(name="c", profile="plain", countries=("FR",)), "it goes to DE"),
        (Choice(name="c", profile="plain", tags=("gift",)), ""),
        (Choice(name="c", profile="plain", tags=("b2b", "edi")), "it has no tag b2b or edi"),
        (Choice(name="c", profile="plain", flags=(ItemFlag.HAZMAT, ItemFlag.FOOD)), "no item is hazmat or food"),
        (Choice(name="c", profile="plain", customer_groups=("press", "trade")), ""),
        (Choice(name="c", profile="plain", customer_groups=("press", "vip")), "the customer is not in press or vip"),
        (Choice(name="c", profile="plain", attributes={"level": "gold"}), "its level is not gold"),
        (Choice(name="c", profile="plain", least_value=Decimal(50)), ""),
        (Choice(name="c", profile="plain", least_value=Decimal("50.01")), "its value 50.00 EUR is below 50.01"),
        (Choice(name="c", profile="plain", below_value=Decimal(50)), "its value 50.00 EUR is not below 50"),
        (Choice(name="c", profile="plain", below_value=Decimal("50.01")), ""),
    ],
)
def test_a_choice_says_which_condition_is_not_met(choice: Choice, missed: str) -> None:
    assert choice.misses(FACTS, "EUR") == missed


def test_a_bound_of_value_is_met_by_no_order_in_another_currency() -> None:
    choice = Choice(name="large", profile="plain", least_value=Decimal(1))
    facts = changed(FACTS, value=Money(5000, "GBP"))
    assert choice.misses(facts, "EUR") == "its value is in GBP, the bounds are in EUR"


def test_an_order_whose_value_nobody_knows_meets_no_bound_of_value() -> None:
    for choice in (
        Choice(name="c", profile="plain", below_value=Decimal(10)),
        Choice(name="c", profile="plain", least_value=Decimal(0)),
    ):
        assert choice.misses(changed(FACTS, value=None), "EUR") == "its value is not known"


def test_profiles_that_fall_back_on_one_another_are_refused() -> None:
    with pytest.raises(SetupError, match="a -> b -> a is a circle"):
        Rulebook(currency="EUR", profiles=(Profile(name="a", otherwise="b"), Profile(name="b", otherwise="a")))
    with pytest.raises(SetupError, match="there is no routing profile 'c'; known: a"):
        Rulebook(currency="EUR", profiles=(Profile(name="a", otherwise="c"),))
