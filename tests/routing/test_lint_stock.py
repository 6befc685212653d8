"""Units kept back that are all there ever were: what is named never ships, and what is not named can."""

from __future__ import annotations

import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from omscore.ids import LocationId
from omscore.inventory.peaks import most_sellable
from omscore.parties import Channel, ChannelKind
from omscore.places import LocationKind
from omscore.quantities import CUSTOMER, SUPPLIER, Move, StockPlace, StockState
from omscore.records import changed
from omscore.routing import Network, OnlyKinds, Profile, Rulebook, SafetyStock, route
from omscore.routing.lintstock import keeps_back, lint_kept_back
from tests.routing.shops import ask, location, network

WEB = Channel(name="web", kind=ChannelKind.WEB, currency="EUR")
SHOP = network(location("A"), location("B"), location("C", kind=LocationKind.STORE))
Cells = dict[tuple[str, str, str], int]


def found_in(
    cells: Cells, *rules: SafetyStock | OnlyKinds, channels: tuple[Channel, ...] = (WEB,), otherwise: str = ""
) -> list[tuple[str, str]]:
    profiles = (Profile(name="plain", filters=rules, otherwise=otherwise), Profile(name="last"))
    rulebook = Rulebook(currency="EUR", profiles=profiles)
    return [(each.path, each.says) for each in lint_kept_back(rulebook, SHOP, channels, cells)]


STOCK: Cells = {("TEA", "A", "general"): 9, ("TEA", "B", "general"): 2, ("CUP", "A", "general"): 3}


def test_a_location_and_an_article_that_never_had_more_than_is_kept_back_are_named() -> None:
    path = "routing.profiles.0.filters.0"
    assert found_in(STOCK, SafetyStock(units=3)) == [
        (
            path,
            "profile plain, channel web: safety_stock of 3 keeps back all there ever was at B of any article, so "
            "nothing ships from there; lower it",
        ),
        (
            path,
            "profile plain, channel web: safety_stock of 3 keeps back all there ever was of CUP in one place, so none "
            "of that ships; lower it",
        ),
    ]
    assert found_in(STOCK, SafetyStock(units=1)) == []
    assert found_in({}, SafetyStock(units=99)) == []  # nothing was ever there, so nothing is kept back
    assert found_in(STOCK, SafetyStock(units=9), otherwise="last") == [
        (
            path,
            "profile plain, channel web: safety_stock of 9 keeps back all there ever was of any article, so nothing "
            "ships; the profile last is tried after it; lower it",
        )
    ]


def test_a_soft_one_that_keeps_everything_back_always_gives_way() -> None:
    assert found_in(STOCK, SafetyStock(units=8, hard=False)) == []
    assert found_in(STOCK, SafetyStock(units=9, hard=False)) == [
        (
            "routing.profiles.0.filters.0",
            "profile plain, channel web: safety_stock of 9 keeps back all there ever was of any article; it is soft "
            "and always gives way",
        )
    ]


def test_a_channel_that_keeps_everything_back_is_named_itself_and_what_its_profile_adds_besides() -> None:
    shy = changed(WEB, name="shy", reserve_threshold=2)
    assert found_in(STOCK, SafetyStock(units=1), channels=(WEB, shy)) == [
        (
            "channels.1.reserve_threshold",
            "channel shy: reserve_threshold of 2 keeps back all there ever was at B of any article, so nothing ships "
            "from there; lower it",
        ),
        (
            "routing.profiles.0.filters.0",
            "profile plain, channel shy: safety_stock of 1 beside reserve_threshold of 2 keeps back all there ever was "
            "of CUP in one place, so none of that ships; lower it",
        ),
    ]


def test_it_is_only_looked_for_where_something_is_kept_back() -> None:
    rules = Rulebook(currency="EUR", profiles=(Profile(name="plain"),))
    assert not keeps_back(rules, (WEB,))
    assert keeps_back(rules, (changed(WEB, reserve_threshold=1),))
    assert keeps_back(
        changed(rules, profiles=(Profile(name="p", filters=(SafetyStock(units=1, hard=False),)),)), (WEB,)
    )


def test_a_location_or_an_article_is_named_if_and_only_if_none_of_it_could_ship() -> None:
    counts: Counter[str] = Counter()
    for seed in range(1_500):
        rng = random.Random(seed)  # noqa: S311
        skus, pools = ["S0", "S1", "S2"], ["general", "web"]
        cells: Cells = {
            (sku, place.location_id, pool): rng.randint(1, 8)
            for sku in skus
            for place in SHOP.locations
            for pool in pools
            if rng.random() < 0.4
        }
        channel = changed(
            WEB,
            pools=tuple(rng.sample(pools, rng.randint(1, 2))),
            locations=tuple(map(LocationId, rng.sample("ABC", rng.randint(1, 3)))) if rng.random() < 0.5 else (),
            reserve_threshold=rng.choice((0, 0, 2)),
        )
        warehouses = [OnlyKinds(kinds=(LocationKind.WAREHOUSE,))] * (rng.random() < 0.3)
        rules: tuple[SafetyStock | OnlyKinds, ...] = (SafetyStock(units=rng.randint(1, 6)), *warehouses)
        found = found_in(cells, *rules, channels=(channel,))
        profile = Profile(name="plain", filters=rules)
        open_to = [
            place
            for place in SHOP.locations
            if (not channel.locations or place.location_id in channel.locations)
            and (len(rules) == 1 or place.kind is LocationKind.WAREHOUSE)
        ]
        drawn = {
            cell for cell in cells if cell[2] in channel.pools and cell[1] in {each.location_id for each in open_to}
        }
        says = [text for _, text in found]
        is_all = any("of any article, so nothing ships; lower it" in text for text in says)
        for place in open_to:
            if any(cell[1] == place.location_id for cell in drawn):
                is_named = is_all or any(place.location_id in listed(text) for text in says if " at " in text)
                assert is_named != can_ship(cells, channel, profile, skus, (place.location_id,)), seed
                counts["location named" if is_named else "location silent"] += 1
        for sku in skus:
            at = {cell[1] for cell in drawn if cell[0] == sku}
            if at:
                everywhere = tuple([place.location_id for place in open_to])
                does_ship = can_ship(cells, channel, profile, [sku], everywhere)
                gone = all(any(name in listed(text) for text in says if " at " in text) for name in at)
                is_named = is_all or gone or any(sku in listed(text) for text in says if " in one place" in text)
                assert is_named != does_ship, seed
                counts["article named" if is_named else "article silent"] += 1
    assert min(counts[f"{what} {how}"] for what in ("location", "article") for how in ("named", "silent")) > 200


def listed(text: str) -> list[str]:
    """The names in a finding."""
    part = text.split(" ever was ")[1]
    words = part.split(" in one place")[0].removeprefix("of ") if " in one place" in part else part.split(" of any")[0]
    return words.removeprefix("at ").split(", ")


def can_ship(cells: Cells, channel: Channel, profile: Profile, skus: list[str], locations: tuple[str, ...]) -> bool:
    """Whether some order of one unit ships from there, with all on the shelf that ever was."""
    stock = {sku: {(place, pool): units for (of, place, pool), units in cells.items() if of == sku} for sku in skus}
    return any(
        route(
            changed(
                ask((1, sku, 1, 100), profile=profile, pools=channel.pools, threshold=channel.reserve_threshold),
                allowed_locations=locations,
            ),
            SHOP,
            stock,
        ).assignments
        for sku in skus
    )


SHELF, TAKEN = [StockPlace("A", "general", state) for state in (StockState.SELLABLE, StockState.ALLOCATED)]


@given(st.lists(st.tuples(st.integers(1, 9), st.sampled_from(((SUPPLIER, SHELF), (SHELF, CUSTOMER), (SHELF, TAKEN))))))
def test_the_peak_of_a_cell_is_the_highest_running_sum(steps: list[tuple[int, tuple[StockPlace, StockPlace]]]) -> None:
    moves = [Move("TEA", units, *way) for units, way in steps]
    sums = [0]
    for units, (_, target) in steps:
        sums.append(sums[-1] + (units if target is SHELF else -units))
    highest = max(total for total in sums)
    assert most_sellable(moves) == ({("TEA", "A", "general"): highest} if highest > 0 else {})


def test_a_network_without_a_location_that_may_ship_says_nothing_of_stock() -> None:
    closed: Network = changed(SHOP, locations=tuple([changed(each, may_ship=False) for each in SHOP.locations]))
    rulebook = Rulebook(currency="EUR", profiles=(Profile(name="plain", filters=(SafetyStock(units=9),)),))
    assert [*lint_kept_back(rulebook, closed, (WEB,), STOCK)] == []
