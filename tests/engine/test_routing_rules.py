"""A shop's routing rules at work: chosen for each order, kept with its decision, never changed under their version."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omscore.app import Oms
from omscore.audit import audit
from omscore.errors import RefusedError, SetupError
from omscore.orders.model import Order
from omscore.places import LocationKind
from omscore.policy.loading import load_shop
from omscore.routing import (
    Decision,
    MaxDistance,
    OnlyGroups,
    OnlyKinds,
    Profile,
    SafetyStock,
    SameMarket,
)
from omscore.routing.decisions import KeptDecision
from omscore.routing.editions import KeptProfile, profile_text
from omscore.routing.rules import Filter
from omscore.routing.scores import (
    CarbonScore,
    ClearanceScore,
    DaysScore,
    DistanceScore,
    PriorityScore,
    Score,
    StockBalanceScore,
    WeeksOfSupplyScore,
)
from tests.kit.shops import CUP, RATES, SHOP, TEA, order, small_shop

RULES = """
[[routing.profiles]]
name = "plain"

[[routing.profiles]]
name = "from-lyon"
strategy = "in_order"
filters = [{rule = "only_groups", groups = ["france"]}]
otherwise = "plain"

[[routing.groups]]
name = "france"
locations = ["LYS"]

[[routing.choices]]
name = "gifts"
profile = "from-lyon"
tags = ["gift"]
"""


def decided(oms: Oms, order_id: str) -> Decision:
    return oms.look(KeptDecision, oms.look(Order, order_id).decisions[-1]).decision


def test_an_order_is_routed_by_the_profile_that_its_tags_choose(tmp_path: Path) -> None:
    with small_shop(tmp_path, edit=RULES) as oms:
        oms.do(order(oms, {TEA: 1}))
        oms.do(order(oms, {TEA: 1}, order_id="ord_2", tags=("gift",)))
        oms.do(order(oms, {CUP: 10_000}, order_id="ord_3", tags=("gift",)))
        usual, gift, large = (decided(oms, each) for each in ("ord_1", "ord_2", "ord_3"))
    assert usual.profile == "plain@1"
    assert usual.because == "the first profile, as others do not fit (gifts: it has no tag gift)"
    assert (gift.profile, gift.because) == ("from-lyon@1", "choice gifts")
    assert {part.location_id for part in gift.assignments} == {"LYS"}
    assert large.profile == "plain@1"
    assert "choice gifts; from-lyon@1 left" in large.because


def test_a_rule_changed_in_the_file_changes_the_decision_once_it_has_a_new_version(tmp_path: Path) -> None:
    with small_shop(tmp_path, edit=RULES) as oms:
        oms.do(order(oms, {TEA: 1}, tags=("gift",)))
    other = RULES.replace('locations = ["LYS"]', 'locations = ["MUC"]').replace('"from-lyon"', '"gifts"')
    with small_shop(tmp_path, edit=other) as oms:
        oms.do(order(oms, {TEA: 1}, order_id="ord_2", tags=("gift",)))
        assert {part.location_id for part in decided(oms, "ord_2").assignments} == {"MUC"}
    silent = RULES.replace('strategy = "in_order"\n', "")
    with (
        pytest.raises(SetupError, match=r"routing.profiles.1: .*from-lyon has other rules now .* give it version 2"),
        small_shop(tmp_path, edit=silent),
    ):
        pass
    second = silent.replace('name = "from-lyon"', 'name = "from-lyon"\nversion = 2')
    with small_shop(tmp_path, edit=second) as oms:
        oms.do(order(oms, {TEA: 1}, order_id="ord_3", tags=("gift",)))
        assert decided(oms, "ord_3").profile == "from-lyon@2"
        assert oms.look(KeptProfile, "from-lyon@1").text != oms.look(KeptProfile, "from-lyon@2").text
        assert audit(oms.storage).is_clean


def test_orders_routed_without_rules_keep_the_version_that_they_name(tmp_path: Path) -> None:
    ruled = '[[routing.profiles]]\nname = "standard"\nmax_locations = 1\n'
    for folder in ("new", "old"):
        (tmp_path / folder).mkdir()
    with small_shop(tmp_path / "new", edit=ruled) as oms:  # nothing was routed yet: the name and version are free
        oms.do(order(oms, {TEA: 1}))
    with small_shop(tmp_path / "new", edit=ruled) as oms:
        assert decided(oms, "ord_1").profile == "standard@1"
    with small_shop(tmp_path / "old") as oms:
        oms.do(order(oms, {TEA: 1}))
        assert decided(oms, "ord_1").profile == "standard@1"
    with (
        pytest.raises(SetupError, match=r"routing.profiles.0: .*standard has other rules now .* give it version 2"),
        small_shop(tmp_path / "old", edit=ruled),
    ):
        pass
    for fine in (
        ruled.replace("standard", "one"),
        '[[routing.profiles]]\nname = "standard"\n',
        f"{ruled}version = 2\n",
    ):
        with small_shop(tmp_path / "old", edit=fine) as oms:
            oms.do(order(oms, {TEA: 1}, order_id=f"ord_{len(fine)}"))


def test_two_programs_with_different_rules_under_one_version_cannot_both_route_by_them(tmp_path: Path) -> None:
    silent = RULES.replace('strategy = "in_order"\n', "")
    with small_shop(tmp_path, edit=RULES) as one:
        one.do(order(one, {TEA: 1}))
        with small_shop(tmp_path, edit=silent) as other:
            one.do(order(one, {TEA: 1}, order_id="ord_2", tags=("gift",)))
            with pytest.raises(RefusedError, match="from-lyon has other rules now"):
                other.do(order(other, {TEA: 1}, order_id="ord_3", tags=("gift",)))
            other.do(order(other, {TEA: 1}, order_id="ord_4"))


def test_a_pile_of_orders_is_routed_as_one_by_one(tmp_path: Path) -> None:
    with small_shop(tmp_path, edit=RULES) as oms:
        wanted = [order(oms, {TEA: 1}, order_id=f"ord_{n}", tags=("gift",) * (n % 2)) for n in range(6)]
        assert not [each for each in oms.do_many(wanted) if isinstance(each, Exception)]
        found = [decided(oms, f"ord_{n}").profile for n in range(6)]
    assert found == ["plain@1", "from-lyon@1"] * 3


WORDS = st.text("abcdefghij-_0123456789", min_size=1, max_size=8).map(lambda text: f"x{text}")
SOFT = st.booleans()
FILTERS: st.SearchStrategy[Filter] = st.one_of(
    st.builds(MaxDistance, km=st.integers(1, 10**6), hard=SOFT),
    st.builds(OnlyGroups, groups=st.lists(st.just("france"), min_size=1, max_size=1).map(tuple), hard=SOFT),
    st.builds(OnlyKinds, kinds=st.lists(st.sampled_from(LocationKind), min_size=1, unique=True).map(tuple), hard=SOFT),
    st.builds(SameMarket, markets=st.lists(st.lists(st.sampled_from(["DE", "AT"])).map(tuple)).map(tuple), hard=SOFT),
    st.builds(SafetyStock, units=st.integers(1, 99), hard=SOFT),
)
PRICES = st.decimals("0.01", "9999", places=2)
SCORES: st.SearchStrategy[Score] = st.one_of(
    st.builds(CarbonScore, price_per_tonne=PRICES, g_per_tonne_km=st.integers(0, 999)),
    st.builds(ClearanceScore, bonus_per_unit=PRICES, groups=st.just(("france",)), skus=st.lists(WORDS).map(tuple)),
    st.builds(StockBalanceScore, price_per_unit=PRICES),
    st.builds(WeeksOfSupplyScore, price_per_week=PRICES, weeks=st.integers(0, 9)),
    st.builds(DistanceScore, price_per_100km=PRICES),
    st.builds(PriorityScore, price_per_step=PRICES),
    st.builds(DaysScore, price_per_day=PRICES, free_days=st.integers(0, 9)),
)
PROFILES = st.builds(
    Profile,
    name=WORDS,
    version=st.integers(1, 99),
    strategy=st.sampled_from(("cheapest", "fewest_shipments", "nearest", "in_order")),
    filters=st.lists(FILTERS, unique=True, max_size=4).map(tuple),
    max_locations=st.integers(0, 9),
    whole_below=st.none() | st.decimals("0.01", "9999", places=2),
    split_lines=SOFT,
    all_or_nothing=SOFT,
)


@pytest.fixture(scope="module")
def reread(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Profile], Profile]:
    folder = tmp_path_factory.mktemp("profiles")
    (folder / "rates.csv").write_text(RATES, encoding="utf-8")

    def again(profile: Profile) -> Profile:
        groups = '\n[[routing.groups]]\nname = "france"\nlocations = ["LYS"]\n'
        (folder / "shop.toml").write_text(f"{SHOP}\n{profile_text(profile)}\n{groups}", encoding="utf-8")
        return load_shop(folder / "shop.toml").rulebook().profiles[0]

    return again


MIXES = st.builds(Profile, name=WORDS, scores=st.lists(SCORES, unique=True, max_size=4).map(tuple))


@given(profile=PROFILES | MIXES)
def test_a_profile_printed_and_read_again_is_the_same(reread: Callable[[Profile], Profile], profile: Profile) -> None:
    assert reread(profile) == profile
