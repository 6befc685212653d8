"""A plugin's filter, score, strategy and profile: found by name, checked like any other, heard in every decision."""

from __future__ import annotations

import importlib
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from omscore.app import open_shop
from omscore.errors import SetupError
from omscore.orders.model import Order
from omscore.policy.schema import shop_schema
from omscore.ports.clock import VirtualClock
from omscore.routing.decisions import KeptDecision
from omscore.routing.editions import KeptProfile
from tests.kit.shops import NOON, RATES, SHOP, TEA, order, small_shop, stock_up

PLUGIN = '''
from typing import ClassVar

from omscore.errors import InputError
from omscore.records import frozen
from omscore.routing import Candidate, Offer, OwnFilter, OwnScore, OwnStrategy, Profile


@frozen(kw_only=True)
class NotIn(OwnFilter):
    """Only locations outside some countries."""

    rule: ClassVar[str] = "not_in"

    countries: tuple[str, ...]

    def __attrs_post_init__(self) -> None:
        if not self.countries:
            raise InputError("countries must name at least one")

    def refusal(self, candidate: Candidate) -> str:
        here = candidate.location.country
        return f"is in {here}, where nobody works on strike days" if here in self.countries else ""


class NoFilter:
    rule = "no_filter"


@frozen(kw_only=True)
class Luck(OwnScore):
    """A parcel from some countries is unlucky."""

    score: ClassVar[str] = "luck"
    measures: ClassVar[str] = "omens"

    countries: tuple[str, ...]

    def per_shipment(self, candidate: Candidate) -> int:
        return 1 if candidate.location.country in self.countries else 0


@frozen(kw_only=True)
class Emptiest(OwnStrategy):
    """Little shelves first."""

    strategy: ClassVar[str] = "emptiest"

    keep: int = 0

    def rank(self, candidate: Candidate, offer: Offer) -> int | None:
        return offer.held if offer.held > self.keep else None

BAZAAR = Profile(name="bazaar", filters=(NotIn(countries=("DE",)),), when_left="cancel")
'''

RULES = """
[[routing.profiles]]
name = "strike"
filters = [{rule = "not_in", countries = ["DE"], hard = false}]
"""


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A distribution with the plugin, as pip would leave it."""
    site = tmp_path / "site"
    info = site / "strikes-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "strikes_plugin.py").write_text(PLUGIN, encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: strikes\nVersion: 1.0\n", encoding="utf-8")
    entries = (
        "[omscore.filters]\nnot_in = strikes_plugin:NotIn\nno_filter = strikes_plugin:NoFilter\ngone = no_such:Thing\n"
        "[omscore.scores]\nluck = strikes_plugin:Luck\nno_score = strikes_plugin:NoFilter\n"
        "[omscore.profiles]\nbazaar = strikes_plugin:BAZAAR\nno_profile = strikes_plugin:NoFilter\n"
        "misnamed = strikes_plugin:BAZAAR\n"
        "[omscore.strategies]\nemptiest = strikes_plugin:Emptiest\nno_strategy = strikes_plugin:NoFilter\n"
    )
    (info / "entry_points.txt").write_text(entries, encoding="utf-8")
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.delitem(sys.modules, "strikes_plugin", raising=False)
    importlib.invalidate_caches()


def test_a_plugins_filter_is_found_by_its_name_and_heard(tmp_path: Path) -> None:
    with small_shop(tmp_path, edit=RULES) as oms:
        oms.do(order(oms, {TEA: 2}))
        oms.do(order(oms, {TEA: 9}, order_id="ord_2"))
        first, second = (oms.look(KeptDecision, f"ord_{number}.d1").decision for number in (1, 2))
        kept = oms.look(KeptProfile, "strike@1")
    assert {part.location_id for part in first.assignments} == {"LYS"}
    assert [(reason.rule, reason.says) for reason in first.reasons if reason.location_id == "MUC"] == [
        ("not_in", "is in DE, where nobody works on strike days")
    ]
    assert second.given_up == ("not_in",)
    assert 'rule = "not_in", hard = false, countries = ["DE"]' in kept.text


@pytest.mark.parametrize(
    ("filters", "says"),
    [
        ('{rule = "not_in"}', r"filters\.0\.countries"),
        ('{rule = "not_in", countries = [], hard = true}', "countries must name at least one"),
        ('{rule = "not_in", countries = ["DE"], days = 1}', "days is not known"),
        ('{rule = "no_filter"}', "must be a frozen record that extends OwnFilter"),
        ('{rule = "gone"}', "its plugin cannot be imported"),
        ('{rule = "nobody"}', "arrives_within, gone, no_filter, not_in, not text 'nobody'"),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(tmp_path: Path, filters: str, says: str) -> None:
    edit = RULES.replace('{rule = "not_in", countries = ["DE"], hard = false}', filters)
    with pytest.raises(SetupError, match=says), small_shop(tmp_path, edit=edit):
        pass


def test_the_schema_of_a_shop_knows_the_filters_of_plugins(tmp_path: Path) -> None:
    definitions = shop_schema()["$defs"]
    assert definitions["NotIn"]["properties"]["rule"] == {"const": "not_in"}
    assert definitions["NotIn"]["required"] == ["countries", "rule"]


LUCK = """
[[routing.profiles]]
name = "lucky"
scores = [{score = "luck", price = "99.50", countries = ["DE"]}]
"""


def test_a_plugins_score_is_found_by_its_name_weighed_and_kept(tmp_path: Path) -> None:
    with small_shop(tmp_path, edit=LUCK) as oms:
        oms.do(order(oms, {TEA: 2}))
        decision = oms.look(KeptDecision, "ord_1.d1").decision
        kept = oms.look(KeptProfile, "lucky@1")
    assert {part.location_id for part in decision.assignments} == {"LYS"}
    assert {(each.location_id, each.counts_minor) for each in decision.scores} >= {("MUC", Decimal(9950))}
    assert decision.cost is not None
    assert decision.cost.minor < 9950
    assert 'scores = [\n    {score = "luck", price = "99.50", countries = ["DE"]},\n]' in kept.text
    assert shop_schema()["$defs"]["Luck"]["required"] == ["countries", "price", "score"]


@pytest.mark.parametrize(
    ("score", "says"),
    [
        ('{score = "luck", countries = []}', r"scores\.0\.price"),
        ('{score = "no_score", price = "1"}', "score no_score: strikes_plugin:NoFilter must be a frozen record"),
        ('{score = "nobody"}', "a score that is known: carbon, clearance, .*, luck, no_score, not text 'nobody'"),
        ('{price = "1"}', "a table with the name of its `score`"),
        ('{score = "clearance", bonus_per_unit = "1", groups = ["no"]}', "there is no group no"),
        ('{score = "clearance", bonus_per_unit = "1", pools = ["no"]}', "there is no pool no"),
        ('{score = "carbon", price_per_tonne = 90}', "price_per_tonne must be text, not the number 90"),
    ],
)
def test_a_score_that_does_not_fit_is_told_with_its_place(tmp_path: Path, score: str, says: str) -> None:
    edit = LUCK.replace('{score = "luck", price = "99.50", countries = ["DE"]}', score)
    with pytest.raises(SetupError, match=says), small_shop(tmp_path, edit=edit):
        pass


CLEAR = """
[[routing.profiles]]
name = "clear"
strategy = "own"
own = {strategy = "emptiest", keep = 4}
"""


def test_a_plugins_strategy_is_found_by_its_name_followed_and_kept(tmp_path: Path) -> None:
    with small_shop(tmp_path, edit=CLEAR) as oms:
        oms.do(order(oms, {TEA: 2}))
        decision = oms.look(KeptDecision, "ord_1.d1").decision
        kept = oms.look(KeptProfile, "clear@1")
    assert [part.location_id for part in decision.assignments] == ["MUC"]  # LYS has four and keeps them
    assert decision.strategy == "own"
    assert 'own = {strategy = "emptiest", keep = 4}' in kept.text
    assert shop_schema()["$defs"]["Emptiest"]["properties"]["strategy"] == {"const": "emptiest"}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("", "give both strategy"),
        ('own = {strategy = "nobody"}', "a strategy that is known: emptiest, no_strategy, not text 'nobody'"),
        ('own = {strategy = "no_strategy"}', "must be a frozen record that extends OwnStrategy"),
        ('own = {strategy = "emptiest", kept = 1}', "kept is not known; the fields here are keep"),
        ("own = {}", "a table with the name of its `strategy`, one of emptiest, no_strategy"),
    ],
)
def test_a_strategy_that_does_not_fit_is_told_with_its_place(tmp_path: Path, line: str, says: str) -> None:
    edit = CLEAR.replace('own = {strategy = "emptiest", keep = 4}', line)
    with pytest.raises(SetupError, match=says), small_shop(tmp_path, edit=edit):
        pass


def test_a_plugins_profile_routes_the_orders_a_choice_sends_to_it_and_is_kept_with_them(tmp_path: Path) -> None:
    edit = """
[[routing.profiles]]
name = "plain"
[[routing.choices]]
name = "web-orders"
channels = ["web"]
profile = "bazaar"
"""
    listed = SHOP.replace("[routing]", '[routing]\nplugin_profiles = ["bazaar"]')
    (tmp_path / "shop.toml").write_text(listed + edit, encoding="utf-8")
    (tmp_path / "rates.csv").write_text(RATES, encoding="utf-8")
    with open_shop(tmp_path / "shop.toml", clock=VirtualClock(NOON)) as oms:
        stock_up(oms)
        oms.do(order(oms, {TEA: 9}))
        decision = oms.look(KeptDecision, "ord_1.d1").decision
        kept = oms.look(KeptProfile, "bazaar@1")
        assert {part.location_id for part in decision.assignments} == {"LYS"}
        assert oms.look(Order, "ord_1").lines[0].quantities.cancelled == 5
    assert 'rule = "not_in"' in kept.text


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("bazar", "installed: bazaar, misnamed, no_profile"),
        ("no_profile", "must be a Profile with name = 'no_profile'"),
        ("misnamed", "must be a Profile with name = 'misnamed'"),
    ],
)
def test_a_profile_no_plugin_has_is_told_with_those_there_are(tmp_path: Path, name: str, says: str) -> None:
    listed = SHOP.replace("[routing]", f'[routing]\nplugin_profiles = ["{name}"]')
    (tmp_path / "shop.toml").write_text(listed, encoding="utf-8")
    (tmp_path / "rates.csv").write_text(RATES, encoding="utf-8")
    with pytest.raises(SetupError, match=says), open_shop(tmp_path / "shop.toml"):
        pass
