"""What the command line says of routing rules: `lint` and `explain --why-not`, as a shop owner runs them."""

from __future__ import annotations

import json
from importlib.resources import as_file, files
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from omscore.app import open_shop
from omscore.cli.group import main
from omscore.inventory.commands import ListItem
from omscore.items import Item, Sku
from omscore.orders.model import Order
from omscore.places import Destination, Point
from tests.kit.shops import NOON, RATES, SHOP, TEA, order, receive, small_shop

RULES = """
[[routing.profiles]]
name = "standard"
[[routing.profiles]]
name = "near"
strategy = "nearest"
[[routing.choices]]
name = "gifts"
profile = "near"
tags = ["gift"]
"""


def lint(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["lint", *map(str, arguments)])


def test_rules_in_order_end_with_exit_code_0(tmp_path: Path) -> None:
    (tmp_path / "shop.toml").write_text(SHOP + RULES, encoding="utf-8")
    (tmp_path / "rates.csv").write_text(RATES, encoding="utf-8")
    result = lint(tmp_path / "shop.toml")
    assert (result.exit_code, result.output.strip()) == (0, "Nothing found in 2 profiles and 1 choice.")


def test_findings_end_with_exit_code_1_and_go_to_programs_too(tmp_path: Path) -> None:
    with small_shop(tmp_path, edit=RULES) as oms:
        oms.do(order(oms, {TEA: 1}))
    result = lint(tmp_path / "shop.toml", "--days", 30, "--json", tmp_path / "found.json")
    assert result.exit_code == 1
    assert "2 findings in 2 profiles and 1 choice, 1 order looked at." in result.output
    found = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    assert found["taken"] == {"gifts": 0}
    assert [each["path"] for each in found["findings"]] == ["routing.choices.0", "routing.choices"]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("[storage.sqlite]", "[storage.sqllite]", ("storage.sqllite", "did you mean sqlite?")),
        ('rate = "0.20"', 'rate = "19"', ("taxes.table", "is not from 0 to 1")),
        ("[payment.manual]", "[payment.manual]\nbok = 1", ("payment.manual", "payment.manual.bok is not known")),
    ],
)
def test_a_backend_the_shop_would_not_open_with_is_a_finding(
    tmp_path: Path, old: str, new: str, says: tuple[str, str]
) -> None:
    assert old in SHOP
    (tmp_path / "shop.toml").write_text(SHOP.replace(old, new, 1), encoding="utf-8")
    (tmp_path / "rates.csv").write_text(RATES, encoding="utf-8")
    result = lint(tmp_path / "shop.toml", "--json", tmp_path / "found.json")
    (finding,) = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))["findings"]
    assert (result.exit_code, finding["severity"], finding["path"]) == (1, "error", says[0])
    assert says[1] in finding["says"]
    assert not (tmp_path / "shop.db").exists(), "nothing is opened"


def test_a_secret_that_is_kept_elsewhere_is_no_finding_where_secrets_are_said_to_be(tmp_path: Path) -> None:
    for key in ('{env = "NOT_ON_THIS_MACHINE"}', '{file = "not-here"}'):
        endpoint = f'{{name = "a", url = "https://a.example", events = ["OrderPlaced"], keys = [{key}]}}'
        away = f"[observers.webhooks]\nendpoints = [{endpoint}]\n"
        (tmp_path / "shop.toml").write_text(SHOP + away, encoding="utf-8")
        (tmp_path / "rates.csv").write_text(RATES, encoding="utf-8")
        result = lint(tmp_path / "shop.toml", "--secrets-elsewhere")
        assert (result.exit_code, "Nothing found" in result.output) == (0, True), result.output
        assert lint(tmp_path / "shop.toml").exit_code == 1


def test_why_not_tells_what_would_make_a_location_ship(tmp_path: Path) -> None:
    with small_shop(tmp_path) as oms:
        oms.do(order(oms, {TEA: 3}))
        plain = oms.routing_question("ord_1").decide()
        assert {part.location_id for part in plain.assignments} == {"MUC"}
    asked = ["explain", "ord_1", "--db", str(tmp_path / "shop.toml"), "--why-not", "LYS"]
    result = CliRunner().invoke(main, [*asked, "--json", str(tmp_path / "why.json")])
    assert result.exit_code == 0, result.output
    assert "LYS would ship" in result.output
    told = json.loads((tmp_path / "why.json").read_text(encoding="utf-8"))
    assert told["location"] == "LYS"
    assert [each["change"] for each in told["changes"]] == ["price"]
    refused = CliRunner().invoke(main, ["explain", "ord_1", "--db", str(tmp_path / "shop.db"), "--why-not", "LYS"])
    assert (refused.exit_code, "give the shop.toml as --db" in refused.output) == (2, True)


def test_rules_cost_tells_what_the_rules_cost_on_the_orders_at_hand(tmp_path: Path) -> None:
    rules = RULES.replace(
        "[[routing.choices]]",
        '[[routing.profiles]]\nname = "lyon"\n'
        'filters = [{rule = "only_kinds", kinds = ["store"]}]\n[[routing.choices]]',
    ).replace('profile = "near"', 'profile = "lyon"')
    with small_shop(tmp_path, edit=rules) as oms:
        oms.do(order(oms, {TEA: 1}, order_id="ord_1"))
        oms.do(order(oms, {TEA: 1}, order_id="ord_2", tags=("gift",)))
    told = tmp_path / "cost.json"
    result = CliRunner().invoke(main, ["rules-cost", str(tmp_path / "shop.toml"), "--json", str(told)])
    assert result.exit_code == 0, result.output
    assert "They cost  5.00 EUR (62.5%)" in " ".join(result.output.split()).replace("They cost ", "They cost  ")
    found = json.loads(told.read_text(encoding="utf-8"))
    assert found["orders"] == 2
    assert [(each["profile"], each["rule"], each["orders"]) for each in found["rules"]] == [("lyon@1", "only_kinds", 1)]


def test_a_batch_is_routed_jointly_as_a_dry_run(tmp_path: Path) -> None:
    with small_shop(tmp_path) as oms:
        oms.do(order(oms, {TEA: 3}, order_id="ord_1"))
        oms.do(order(oms, {TEA: 2}, order_id="ord_2"))
        alone = [oms.routing_question(each).decide() for each in ("ord_1", "ord_2")]
        shelves = {id(question.stock) for question in oms.routing_questions(["ord_1", "ord_2"])}
        assert len(shelves) == 1, "all on one stock"
        before = oms.look(Order, "ord_1"), oms.look(Order, "ord_2")
    told = tmp_path / "joint.json"
    result = CliRunner().invoke(main, ["route", "--batch", str(tmp_path / "shop.toml"), "--json", str(told)])
    assert result.exit_code == 0, result.output
    assert "2 orders routed jointly (a dry run: nothing is recorded)" in result.output
    found = json.loads(told.read_text(encoding="utf-8"))
    assert (found["orders"], found["units"], found["alone_units"]) == (2, 5, 5)
    assert found["cost"] == found["alone_cost"] == found["lower"]
    assert sum(each.cost.minor for each in alone if each.cost) == round(float(found["cost"]["amount"]) * 100)
    assert found["changed"] == []
    with open_shop(tmp_path / "shop.toml") as oms:
        assert (oms.look(Order, "ord_1"), oms.look(Order, "ord_2")) == before


def test_a_batch_tells_which_orders_would_ship_from_elsewhere(tmp_path: Path) -> None:
    """The first order takes the one jar in Munich, without which the second comes in two parcels."""
    with small_shop(tmp_path) as oms:
        for sku in ("JAR", "LID"):
            oms.do(ListItem(item=Item(sku=Sku(sku), mass_g=100), at=NOON))
        receive(oms, "MUC", {"JAR": 1, "LID": 1}, document="jars-MUC")
        receive(oms, "LYS", {"JAR": 1}, document="jars-LYS")
        oms.do(order(oms, {"JAR": 1}, order_id="ord_1"))
        oms.do(order(oms, {"JAR": 1, "LID": 1}, order_id="ord_2"))
        questions = oms.routing_questions(["ord_1", "ord_2"])
        assert questions[0].stock["JAR"] == {("MUC", "general"): 1, ("LYS", "general"): 1}, "what is allocated is back"
    told = tmp_path / "joint.json"
    result = CliRunner().invoke(main, ["route", "--batch", str(tmp_path / "shop.toml"), "--json", str(told)])
    assert result.exit_code == 0, result.output
    assert "Saving      5.00 EUR (27.8%)" in result.output
    found = json.loads(told.read_text(encoding="utf-8"))
    assert [found[key]["amount"] for key in ("alone_cost", "cost", "gap")] == ["18.00", "13.00", "0.00"]
    assert [(each["order_id"], each["saved"]["amount"]) for each in found["changed"]] == [
        ("ord_1", "-5.00"),
        ("ord_2", "10.00"),
    ]
    assert [part["location"] for part in found["changed"][0]["joint"]] == ["LYS"]


def test_a_batch_without_orders_costs_nothing(tmp_path: Path) -> None:
    with small_shop(tmp_path):
        pass
    result = CliRunner().invoke(main, ["route", "--batch", str(tmp_path / "shop.toml")])
    assert (result.exit_code, "0 orders routed jointly" in result.output) == (0, True)


def test_a_shop_with_nothing_left_to_route_is_told_so(tmp_path: Path) -> None:
    with small_shop(tmp_path):
        pass
    result = CliRunner().invoke(main, ["route", "--batch", str(tmp_path / "shop.toml")])
    assert result.exit_code == 0, result.output
    assert "No order has units left to route" in result.output


PLANTED = """
[[routing.profiles]]
name = "standard"
filters = [
    {rule = "max_distance", km = 300},
    {rule = "only_kinds", kinds = ["store"]},
    {rule = "safety_stock", units = 3},
]
"""


def test_orders_no_rule_lets_ship_and_stock_that_is_all_kept_back_are_found_in_the_database(tmp_path: Path) -> None:
    with small_shop(tmp_path, edit=PLANTED) as oms:
        oms.do(order(oms, {TEA: 1}, destination=Destination(country="DE", point=Point(48.0, 7.8))))  # Freiburg
        oms.do(order(oms, {TEA: 1}, order_id="ord_2"))
    result = lint(tmp_path / "shop.toml", "--days", 30, "--json", tmp_path / "found.json")
    assert result.exit_code == 1, result.output
    found = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))["findings"]
    assert [(each["severity"], each["path"], each["says"]) for each in found] == [
        (
            "error",
            "routing.profiles.0.filters",
            "profile standard: max_distance (300 km) and only_kinds (store) together leave no location for 1 of 2 "
            "orders, such as ord_1 to DE; loosen one of them",
        ),
        (
            "warning",
            "routing.profiles.0.filters.2",
            "profile standard, channel web, store, phone, market: safety_stock of 3 keeps back all there ever was of "
            "CUP, POT in one place, so none of that ships; lower it",
        ),
    ]


def test_the_shop_of_the_demonstration_and_a_week_of_its_orders_are_left_alone(tmp_path: Path) -> None:
    made = CliRunner().invoke(main, ["demo", "--db", str(tmp_path / "demo.db")])
    assert made.exit_code == 0, made.output
    with as_file(files("omscore.cli.demo")) as folder:
        for name in ("shop.toml", "rates.csv"):
            (tmp_path / name).write_text((folder / name).read_text(encoding="utf-8"), encoding="utf-8")
    result = lint(tmp_path / "shop.toml", "--days", 365)
    assert (result.exit_code, "Nothing found" in result.output) == (0, True), result.output
