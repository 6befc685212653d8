"""What the command line says of routing rules: `lint` and `explain --why-not`, as a shop owner runs them."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from omscore.cli.group import main
from tests.kit.shops import RATES, SHOP, TEA, order, small_shop

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
