"""The schema of shop.toml takes whatever is taken as a shop, and finds what an editor should underline."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from datetime import date, datetime, time
from math import nan
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from omscore.cli.group import main
from omscore.errors import SetupError
from omscore.plugins.discovery import installed_settings
from omscore.policy.loading import load_record
from omscore.policy.schema import shop_schema
from omscore.policy.shop import Shop
from tests.engine.test_configuration import RULES
from tests.kit.shops import SHOP

SCHEMA = shop_schema(installed_settings())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
OF_THE_SHOP = jsonschema.Draft202012Validator(shop_schema())
"""Without the settings of providers, which each reads for itself."""
EXAMPLES = Path(__file__).resolve().parents[2]


def as_json(value: Any) -> Any:
    """Tables as an editor hands them to a schema."""
    match value:
        case dict():
            return {key: as_json(each) for key, each in value.items()}
        case list():
            return [as_json(each) for each in value]
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return value


def complaints(text: str) -> list[str]:
    return [error.json_path for error in VALIDATOR.iter_errors(as_json(tomllib.loads(text)))]


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", ["src/omscore/policy/starter/shop.toml", "examples/uci/shop.toml"])
def test_the_shops_that_come_with_omscore_fit_the_schema(path: str) -> None:
    assert complaints((EXAMPLES / path).read_text(encoding="utf-8")) == []


def swapped(old: str, new: str) -> str:
    text = SHOP + RULES
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (SHOP + RULES, []),
        (swapped("max_locations = 2", "max_location = 2"), ["$.routing.profiles[0]"]),
        (swapped("max_locations = 2", 'max_locations = "2"'), ["$.routing.profiles[0].max_locations"]),
        (swapped("km = 300", "kilometres = 300"), ["$.routing.profiles[0].filters[0]"]),
        (swapped('"fewest_shipments"', '"fewest"'), ["$.routing.profiles[1].strategy"]),
        (swapped('kind = "web"', 'kind = "telepathy"'), ["$.channels[0].kind"]),
        (swapped('path = "shop.db"', 'paht = "shop.db"'), ["$.storage.sqlite", "$.storage.sqlite"]),
        (swapped('name = "Tea & Cups"', ""), ["$"]),
    ],
)
def test_an_editor_underlines_what_is_wrong(text: str, where: list[str]) -> None:
    assert complaints(text) == where


@given(st.data())
def test_whatever_is_taken_as_a_shop_fits_the_schema(data: st.DataObject) -> None:
    tables: Any = tomllib.loads(SHOP + RULES)
    place: Any = tables
    inside, key = place, "name"
    while isinstance(place, dict | list) and place and data.draw(st.booleans()):
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        inside, place = place, place[key]
    odd: list[Any] = [nan, -1, 3, True, 1.5, "", "x", "DE", [], {}, [1], ["x"], {"a": 1}, date(2026, 1, 1)]
    inside[key] = data.draw(st.sampled_from(odd))
    try:
        load_record(tables, Shop, folder=Path())
    except SetupError:
        return
    assert OF_THE_SHOP.is_valid(as_json(tables))


def test_the_command_prints_the_schema(tmp_path: Path) -> None:
    found: Callable[..., Any] = CliRunner().invoke
    assert json.loads(found(main, ["schema"]).output) == SCHEMA
