"""What a channel keeps with an order is found by exact equality, whatever its texts hold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import attrs
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from omscore.app import Oms
from omscore.cli import main
from omscore.errors import InputError
from omscore.orders.attributes import Attribute, attribute_key, checked_attributes
from omscore.orders.model import Order
from tests.kit.postgres import Server
from tests.kit.shops import TEA, order, small_shop

INJECTIONS = [
    "x' or 1=1 --",
    "x') or ('1'='1",
    '"; drop table orders; --',
    "%",
    "_",
    "*",
    "yes' union select state from streams --",
    "$.a.b",
    '"."',
    "a=b",
    "gift=yes",
    "\\'; vacuum; --",
    "{{7*7}}",
    "/**/",
    "?1",
    ":name",
    "%s",
    "\u02bc or 1=1",
    "\uff07 or 1=1",
    "",
    "0",
    "null",
    "v" * 1_000,
    "w" * 201,
]


@pytest.fixture(scope="module", params=["memory", "sqlite", "postgres"])
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgres: Server) -> Iterator[Oms]:
    own = postgres.settings()
    storage: dict[str, dict[str, Any] | None] = {
        "memory": {"memory": {}},
        "sqlite": None,
        "postgres": {"postgres": {"dsn": own.dsn, "schema": own.schema}},
    }
    with small_shop(tmp_path_factory.mktemp("attributes"), storage=storage[request.param]) as oms:
        yield oms


def found(oms: Oms, key: str, value: str) -> list[str]:
    """The orders with an attribute."""
    return sorted(oms.listed(Order, "attribute", attribute_key(key, value)))


def test_an_order_is_found_by_its_attributes_and_by_nothing_else(shop: Oms) -> None:
    kept: dict[str, set[tuple[str, str]]] = {}
    for number, value in enumerate(INJECTIONS):
        pairs = (("gift", value), ("campaign.id", str(number % 3)))
        wish = order(shop, {TEA: 1}, order_id=f"a{number}", attributes=tuple(Attribute(*pair) for pair in pairs))
        shop.do(wish)
        kept[f"a{number}"] = set(pairs)
    asked = {(key, value) for key in ("gift", "campaign.id", "other") for value in [*INJECTIONS, "0", "1", "2", "yes"]}
    for pair in asked:
        assert found(shop, *pair) == sorted(name for name, pairs in kept.items() if pair in pairs)
    shop.run_due()
    assert {each.value for each in shop.look(Order, "a0").attributes} == {INJECTIONS[0], "0"}


numbers = count()


@settings(max_examples=40)
@given(
    key=st.from_regex(r"\A[A-Za-z_][A-Za-z0-9_.-]{0,63}\Z"),
    values=st.lists(st.text(st.characters(exclude_categories=["C", "Z", "M"]), max_size=300), min_size=1, max_size=3),
)
def test_any_value_is_found_again_and_only_itself(shop: Oms, key: str, values: list[str]) -> None:
    before = {value: found(shop, key, value) for value in values}
    names: dict[str, list[str]] = {}
    for value in values:
        name = f"h{next(numbers)}"
        try:
            shop.do(order(shop, {TEA: 1}, order_id=name, attributes=(Attribute(key, value),)))
        except InputError:  # an uncomposed text or a card number
            continue
        names.setdefault(value, []).append(name)
    for value in values:
        assert found(shop, key, value) == sorted([*before[value], *names.get(value, [])])


@given(st.text(max_size=80))
def test_any_other_key_is_refused(key: str) -> None:
    usable = key.isascii() and 1 <= len(key) <= 64 and (key[0].isalpha() or key[0] == "_")
    usable = usable and all(each.isalnum() or each in "_.-" for each in key)
    if usable:
        assert attribute_key(key, "v") == f"{key}=v"
    else:
        with pytest.raises(InputError):
            attribute_key(key, "v")
        with pytest.raises(InputError):
            checked_attributes((Attribute(key, "v"),), order_id="o")


def test_the_order_of_attributes_does_not_matter_and_each_key_comes_once() -> None:
    given_ = (Attribute("b", "2"), Attribute("a", "1"))
    assert checked_attributes(given_, order_id="o") == (Attribute("a", "1"), Attribute("b", "2"))
    with pytest.raises(InputError, match="twice"):
        checked_attributes((Attribute("a", "1"), Attribute("a", "2")), order_id="o")


def test_the_bounds_of_attributes_hold_one_below_at_and_one_above() -> None:
    def many(count: int) -> tuple[Attribute, ...]:
        return tuple(Attribute(f"k{number}", "v") for number in range(count))

    for of, limit in (
        (many, 50),
        (lambda n: (Attribute("k" * n, "v"),), 64),
        (lambda n: (Attribute("k", "v" * n),), 1_000),
    ):
        make: Any = of
        checked_attributes(make(limit - 1), order_id="o")
        checked_attributes(make(limit), order_id="o")
        with pytest.raises(InputError):
            checked_attributes(make(limit + 1), order_id="o")


def test_an_order_stored_without_attributes_reads_and_writes_as_before(tmp_path: Path) -> None:
    with small_shop(tmp_path) as oms:
        oms.do(order(oms, {TEA: 1}))
        assert "attributes" not in oms.codec.text(oms.look(Order, "ord_1"))
        with_one = attrs.evolve(oms.look(Order, "ord_1"), attributes=(Attribute("a", "1"),))
        assert oms.codec.record(oms.codec.text(with_one), Order) == with_one


def test_show_tells_the_attributes_of_an_order(tmp_path: Path) -> None:
    with small_shop(tmp_path) as oms:
        oms.do(order(oms, {TEA: 1}, attributes=(Attribute("gift.note", "[bold]For Ben[/bold]"),)))
    shown = CliRunner().invoke(
        main, ["show", "ord_1", "--db", str(tmp_path / "shop.db"), "--json", str(tmp_path / "j")]
    )
    assert shown.exit_code == 0, shown.output
    assert "gift.note: [bold]For Ben[/bold]" in shown.output
    assert json.loads((tmp_path / "j").read_text(encoding="utf-8"))["attributes"] == {
        "gift.note": "[bold]For Ben[/bold]"
    }
