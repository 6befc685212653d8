"""A wrong line in shop.toml is told by its path and by what is wanted there; nothing is converted on the quiet."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from math import nan
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omscore.app import open_shop
from omscore.errors import SetupError
from omscore.items import ItemFlag
from omscore.policy.loading import load_record, load_shop
from omscore.policy.shop import Shop
from omscore.routing import FallbackRate, MaxDistance, OnlyGroups, SafetyStock, SameMarket, Surcharge
from tests.kit.shops import NOON, RATES, SHOP


def without(text: str) -> Callable[[str], str]:
    def change(shop: str) -> str:
        assert text in shop
        return shop.replace(text, "", 1)

    return change


def swap(old: str, new: str) -> Callable[[str], str]:
    def change(shop: str) -> str:
        assert old in shop
        return shop.replace(old, new, 1)

    return change


def add(text: str) -> Callable[[str], str]:
    return lambda shop: shop + text


def opened(folder: Path, change: Callable[[str], str], rates: str = RATES) -> str:
    """The complaint about a changed configuration."""
    config = folder / "shop.toml"
    config.write_text(change(SHOP), encoding="utf-8")
    (folder / "rates.csv").write_text(rates, encoding="utf-8")
    with pytest.raises(SetupError) as complaint, open_shop(config):
        pass
    return str(complaint.value)


def test_the_shop_of_these_tests_is_right(tmp_path: Path) -> None:
    config = tmp_path / "shop.toml"
    config.write_text(SHOP, encoding="utf-8")
    shop = load_shop(config)
    assert [channel.name for channel in shop.channels] == ["web", "store", "phone", "market"]
    assert shop.routing.rates == tmp_path / "rates.csv"


RULES = """
[[routing.groups]]
name = "north"
locations = ["MUC"]
max_distance_km = 800

[[routing.profiles]]
name = "standard"
otherwise = "anywhere"
filters = [
    {rule = "max_distance", km = 300},
    {rule = "only_groups", groups = ["north"], hard = false},
    {rule = "only_kinds", kinds = ["warehouse", "store"]},
    {rule = "same_market", markets = [["DE", "AT"], ["FR", "BE"]], hard = false},
    {rule = "safety_stock", units = 2, hard = false},
]
max_locations = 2
whole_below = "30.00"

[[routing.profiles]]
name = "anywhere"
version = 4
strategy = "fewest_shipments"

[[routing.choices]]
name = "gifts"
profile = "anywhere"
channels = ["web"]
tags = ["gift"]
flags = ["fragile"]
attributes = {wrapping = "yes"}
least_value = "100.00"

[[routing.surcharges]]
name = "islands"
fixed = "6.00"
percent = "2.5"
carriers = ["post"]
services = ["parcel"]
countries = ["GB"]
postcode_areas = ["HS", "ZE"]
flags = ["oversize"]

[routing.fallback]
up_to_g = 5000
flat = "8.00"
per_kg = "0.75"
"""


def test_routing_rules_are_read_from_their_tables(tmp_path: Path) -> None:
    (tmp_path / "shop.toml").write_text(SHOP + RULES, encoding="utf-8")
    rulebook = load_shop(tmp_path / "shop.toml").rulebook()
    standard, anywhere = rulebook.profiles
    assert standard.filters[0] == MaxDistance(km=300)
    assert standard.soft == (
        OnlyGroups(groups=("north",), hard=False),
        SameMarket(markets=(("DE", "AT"), ("FR", "BE")), hard=False),
        SafetyStock(units=2, hard=False),
    )
    assert standard.whole_below == Decimal("30.00")
    assert rulebook.chain(standard) == (standard, anywhere)
    assert anywhere.label == "anywhere@4"
    assert rulebook.choices[0].specificity == 5


def test_surcharges_the_fallback_rate_and_the_divisor_are_read_from_their_tables(tmp_path: Path) -> None:
    text = (SHOP + RULES).replace("[routing]\n", "[routing]\ndim_divisor_cm3_per_kg = 5000\n")
    (tmp_path / "shop.toml").write_text(text, encoding="utf-8")
    (tmp_path / "rates.csv").write_text(RATES, encoding="utf-8")
    shop = load_shop(tmp_path / "shop.toml")
    network = shop.network()
    assert network.dim_divisor_cm3_per_kg == 5_000
    assert network.rates.surcharges == (
        Surcharge(
            name="islands",
            fixed=Decimal("6.00"),
            percent=Decimal("2.5"),
            carriers=("post",),
            services=("parcel",),
            countries=("GB",),
            postcode_areas=("HS", "ZE"),
            flags=(ItemFlag.OVERSIZE,),
        ),
    )
    assert shop.routing.fallback == FallbackRate(up_to_g=5_000, flat=Decimal(8), per_kg=Decimal("0.75"))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (swap('rule = "max_distance", km', 'rule = "max_distanse", km'), "profiles.0.filters.0 must be a rule that is"),
        (swap('rule = "max_distance", km', "km"), "routing.profiles.0.filters.0 must be a table with the name of its"),
        (swap("km = 300", "km = 0"), "routing.profiles.0.filters.0: km must be above zero, and is 0"),
        (swap("km = 300", "kilometres = 300"), "routing.profiles.0.filters.0.kilometres is not known"),
        (swap("km = 300", 'km = "300"'), "routing.profiles.0.filters.0.km must be a whole number, not text"),
        (swap('groups = ["north"]', 'groups = ["south"]'), "profiles.0.filters.1.groups: there is no group south"),
        (swap('groups = ["north"]', "groups = []"), "profiles.0.filters.1: groups must name at least one"),
        (swap('locations = ["MUC"]', 'locations = ["ROM"]'), "routing.groups.0.locations: there is no location ROM"),
        (swap('locations = ["MUC"]', 'locations = ["MUC", "MUC"]'), "location MUC is there twice"),
        (swap('name = "anywhere"', 'name = "standard"'), "routing.profiles: standard is there twice"),
        (swap('otherwise = "anywhere"', 'otherwise = "nowhere"'), "routing.profiles.0.otherwise: there is no routing"),
        (swap("version = 4", 'otherwise = "standard"'), "standard -> anywhere -> standard is a circle"),
        (swap("version = 4", "version = 0"), "routing.profiles.1: the version of profile anywhere must be 1 or more"),
        (swap('"fewest_shipments"', '"fewest"'), "routing.profiles.1.strategy must be one of cheapest, fewest_ship"),
        (swap('profile = "anywhere"', 'profile = "elsewhere"'), "routing.choices.0.profile: there is no routing prof"),
        (swap('["web"]\ntags', '["wap"]\ntags'), "routing.choices.0.channels: there is no channel wap"),
        (swap('flags = ["fragile"]', 'flags = ["frail"]'), "routing.choices.0.flags.0 must be one of hazmat, fragile"),
        (
            swap('channels = ["web"]\ntags', 'countries = ["Germany"]\ntags'),
            "routing.choices.0: country 'Germany' is n",
        ),
        (swap('[["DE", "AT"]', '[["de", "AT"]'), "routing.profiles.0.filters.3: country 'de' is not a two-letter"),
        (swap('fixed = "6.00"', "fixed = 6.00"), "routing.surcharges.0.fixed must be text, not the number 6.0"),
        (swap('fixed = "6.00"\npercent = "2.5"\n', ""), "routing.surcharges.0: surcharge islands adds nothing"),
        (
            swap('services = ["parcel"]', 'services = ["jet"]'),
            "routing.surcharges: surcharge islands fits no service of",
        ),
        (swap('fixed = "6.00"', 'fixed = "6.001"'), "routing.surcharges: surcharge islands: "),
        (swap('["oversize"]', '["huge"]'), "routing.surcharges.0.flags.0 must be one of hazmat, fragile"),
        (swap("up_to_g = 5000", "up_to_g = -1"), "routing.fallback: up_to_g of the fallback rate must be zero or more"),
        (swap('flat = "8.00"\n', ""), "required field missing @ routing.fallback.flat"),
        (
            swap('split_penalty = "1.00"', 'split_penalty = "1.00"\ndim_divisor_cm3_per_kg = 0'),
            "dim_divisor_cm3_per_kg must be 1 or more, and is 0",
        ),
        (swap('{wrapping = "yes"}', '{"no key!" = "yes"}'), "routing.choices.0.attributes: "),
        (swap('least_value = "100.00"', 'least_value = "x"'), "routing.choices.0.least_value must be a decimal"),
        (swap('"100.00"', '"100.00"\nbelow_value = "100"'), "no value is at least 100.00 and below 100"),
    ],
)
def test_wrong_routing_rules_are_told_by_their_path(tmp_path: Path, change: Callable[[str], str], says: str) -> None:
    assert says in opened(tmp_path, lambda shop: change(shop + RULES))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (without('name = "Tea & Cups"\n'), "required field missing @ name"),
        (without('path = "shop.db"\n'), "required field missing @ storage.sqlite.path"),
        (without('kind = "store"\n'), "required field missing @ channels.1.kind"),
        (swap("point = {lat = 48.1, lon = 11.6}", "point = {lat = 48.1}"), "missing @ locations.0.point.lon"),
        (
            add("\n[flows]\ncart_hold_minuets = 5\n"),
            "flows.cart_hold_minuets is not known; did you mean cart_hold_minutes? the fields",
        ),
        (swap('mail = "shop@tea.example"', 'mial = "x"'), "mial is not known"),
        (
            swap("max_mass_g = 2000\n", "max_mass_g = 3.7\n"),
            "boxes.0.max_mass_g must be a whole number, not the number",
        ),
        (
            swap("max_mass_g = 2000\n", "max_mass_g = true\n"),
            "boxes.0.max_mass_g must be a whole number, not the answer",
        ),
        (
            swap("prices_include_tax = false", 'prices_include_tax = "false"'),
            "channels.3.prices_include_tax must be true or false, not text 'false'",
        ),
        (swap('currency = "EUR"', 'currency = "EUR"\ntimezone = "Mars/Base"'), "timezone: 'Mars/Base' is no time zone"),
        (swap("prices_include_tax = false", "prices_include_tax = 0"), "must be true or false, not the number 0"),
        (swap('rate = "0.20"', "rate = 0.20"), "taxes.table.rates.0.rate must be text, not the number 0.2"),
        (swap('rate = "0.20"', 'rate = "NaN"'), "taxes.table.rates.0.rate must be a decimal in quotes"),
        (swap("lat = 48.1", "lat = nan"), "locations.0.point"),
        (swap("lat = 48.1", "lat = 91.0"), "locations.0.point: latitude must be degrees from -90 to 90"),
        (swap("Europe/Berlin", "Europe/Atlantis"), "locations.0.calendar"),
        (swap('kind = "web"', 'kind = "telepathy"'), "channels.0.kind must be one of web, store"),
        (swap('locations = ["LYS"]', 'locations = ["ROM"]'), "channels.store.locations: there is no location ROM"),
        (swap('locations = ["LYS"]', 'locations = "LYS"'), "channels.1.locations must be a list, not text"),
        (swap('name = "store"', 'name = "web"'), "channels: web is there twice"),
        (swap('currency = "GBP"', 'currency = "XQZ"'), "channels.2: "),
        (swap('split_penalty = "1.00"', "split_penalty = 1.00"), "routing.split_penalty must be text"),
        (swap('split_penalty = "1.00"', 'split_penalty = "one"'), "routing.split_penalty: "),
        (swap('split_penalty = "1.00"', 'split_penalty = "-1.00"'), "routing.split_penalty must not be below zero"),
        (swap('[routing]\nrates = "rates.csv"', '[routing]\nrates = "gone.csv"'), "routing.rates: cannot read"),
        (swap("[routing]\n", '[routing]\nstrategy = "magic"\n'), "routing.strategy is not known; the fields here are"),
        (
            lambda shop: "erp = 5\n" + shop.replace('[erp.beancount]\npath = "books.beancount"\n', "", 1),
            "erp must be a table, not the number 5",
        ),
        (add("\n[flows]\ncart_hold_minutes = 0\n"), "flows: cart_hold_minutes must be from 1 to"),
        (add("\n[flows]\nfollowup_after_days = -1\n"), "flows: followup_after_days must be from 0 to"),
        (add("\n[flows]\ncancel_unpaid_after_hours = 1000000000\n"), "flows: cancel_unpaid_after_hours must be from 0"),
        (swap("[storage.sqlite]", "[storage.memory]\n[storage.sqlite]"), "storage: name exactly one provider"),
        (swap("[notices.file]", "[notices.console]\n[notices.file]"), "notices: name at most one provider"),
        (
            swap('[storage.sqlite]\npath = "shop.db"', "[storage.paper]"),
            "storage.paper: no installed plugin is called that; installed for storage: memory, postgres, sqlite; "
            "install the plugin that has it, or name another",
        ),
        (
            swap("[storage.sqlite]", "[storage.sqllite]"),
            "storage.sqllite: no installed plugin is called that; installed for storage: memory, postgres, sqlite; "
            "did you mean sqlite?",
        ),
        (swap('currency = "EUR"', 'curency = "EUR"'), "curency is not known; did you mean currency? the fields here"),
        (
            lambda shop: "[flows]\n" + shop,
            "required field missing @ name; add it (name stands below [flows]: move it above the first table)",
        ),
        (add('\nrejects = "rejects"\n'), "(rejects is a key of the shop itself: move it above the first table)"),
        (swap('currency = "EUR"', "currency = EUR"), "in currency; write text in double quotes"),
        (swap('currency = "EUR"', "currency = “EUR”"), "in currency; write text in double quotes"),
        (swap('country = "DE"', 'country = "UK"'), "country UK is no code in ISO 3166; write GB"),
        (swap("[payment.manual]", "[payment.manual]\nremembered_keys = 0"), "payment.manual.remembered_keys is 0"),
        (swap("[payment.manual]", "[payment.manual]\nsecret = 1"), "payment.manual.secret is not known"),
        (swap('[storage.sqlite]\npath = "shop.db"', "[storage]\nsqlite = 5"), "storage.sqlite must be a table"),
        (swap('[storage.sqlite]\npath = "shop.db"', ""), "required field missing @ storage"),
        (swap('currency = "EUR"', 'currency = "EUR'), "is not TOML"),
        (lambda _: "", "required field missing @ name"),
        (lambda _: "x = " + "[" * 20_000 + "]" * 20_000, "its tables lie too deep"),
        (swap("tare_g = 50", f"tare_g = [0x{'f' * 5_000}]"), "not a list with a number of more than fifteen digits"),
        (swap("tare_g = 50", f"tare_g = {'9' * 5_000}"), "is not TOML: Exceeds the limit"),
        (
            swap("tare_g = 50", f"tare_g = 0x{'f' * 5_000}"),
            "boxes.0.tare_g must be a whole number of at most fifteen dig",
        ),
        (swap('name = "small"', f"name = 0x{'f' * 5_000}"), "must be text, not the number of more than fifteen digits"),
        (swap('path = "shop.db"', 'path = "a\\u0000b"'), "storage.sqlite.path must be a path without invisible char"),
        (swap('destinations = ["=origin"]', 'destinations = ["here"]'), "zones.0: country 'here' is not a two-letter"),
    ],
)
def test_a_wrong_configuration_is_told_by_its_path(tmp_path: Path, change: Callable[[str], str], says: str) -> None:
    assert says in opened(tmp_path, change)


def test_a_file_that_is_no_toml_is_told_by_line_and_key_and_never_by_value(tmp_path: Path) -> None:
    for wrong in ("api_key = sk_live_31415", 'api_key = "sk_live_31415', "api_key = “sk_live_31415”"):
        said = opened(tmp_path, swap("[storage.sqlite]", f"[carrier.own]\n{wrong}\n[storage.sqlite]"))
        assert "at line" in said and "in api_key; write text in double quotes" in said
        assert "31415" not in said


ODD: tuple[Any, ...] = (
    nan,
    -1,
    True,
    1.5,
    "",
    "x",
    None,
    [],
    {},
    [1],
    {"a": 1},
    {1: 2, None: 3, "q": 4},
    date(2026, 1, 1),
    NOON,
    (1,),
    object(),
)


@given(st.data())
def test_whatever_stands_in_a_table_is_taken_or_refused_by_its_path(data: st.DataObject) -> None:
    tables: Any = tomllib.loads(SHOP + RULES)
    place: Any = tables
    inside, key, path = place, "name", list[str]()
    while isinstance(place, dict | list) and place and (not path or data.draw(st.booleans())):
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        path.append(str(key))
        inside, place = place, place[key]
    inside[key] = data.draw(st.sampled_from(ODD))
    try:
        load_record(tables, Shop, folder=Path())
    except SetupError as error:
        assert path[0] in str(error)


@pytest.mark.parametrize(
    ("rates", "says"),
    [
        ("", "rate table"),
        (RATES.replace("4.00", "four"), "price"),
        (RATES.replace("0,2000,4.00", "0,two,4.00"), "max_g"),
    ],
)
def test_a_rate_card_that_cannot_be_read_is_named(tmp_path: Path, rates: str, says: str) -> None:
    assert says in opened(tmp_path, lambda shop: shop, rates)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"cannot read .*nothing\.toml: No such file.*give the path of a shop\.toml"):
        load_shop(tmp_path / "nothing.toml")
    with pytest.raises(SetupError, match="cannot read"):
        load_shop(tmp_path)


def test_an_override_is_checked_like_the_file(tmp_path: Path) -> None:
    config = tmp_path / "shop.toml"
    config.write_text(SHOP, encoding="utf-8")
    with pytest.raises(SetupError, match="storage: name exactly one provider"):
        load_shop(config, overrides={"storage": {}})
    with pytest.raises(SetupError, match="name must be text, not the number 7"):
        load_shop(config, overrides={"name": 7})
