"""Imports point one way, `import omscore` stays light and modules stay small; each check is shown to bite."""

from __future__ import annotations

import ast
import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import omscore
from tests.architecture.import_rules import HOMES, LAYER_OF, Module, findings, heavy, oversized

SRC = Path(__file__).resolve().parents[2] / "src"
MAX_LINES = 320


def module_at(path: Path) -> Module:
    """The module stored in a file under src."""
    parts = path.relative_to(SRC).with_suffix("").parts
    is_package = parts[-1] == "__init__"
    name = ".".join(parts[:-1] if is_package else parts)
    return Module(name, path.read_text(encoding="utf-8"), is_package)


MODULES = [module_at(path) for path in sorted(SRC.rglob("*.py"))]


def loaded_by(statement: str) -> list[str]:
    """The modules that a fresh interpreter loads for one statement."""
    probe = f"""
import json, sys
before = set(sys.modules)
{statement}
print(json.dumps(sorted(set(sys.modules) - before)))
"""
    answer = subprocess.run(  # noqa: S603 - our own interpreter with a text written here
        [sys.executable, "-c", probe],
        env={**os.environ, "PYTHONPATH": str(SRC)},
        capture_output=True,
        text=True,
        check=True,
    )
    return [str(name) for name in json.loads(answer.stdout)]


def test_imports_point_one_way() -> None:
    found = [finding for module in MODULES for finding in findings(module)]
    assert not found, "\n".join(found)


def test_the_check_reads_both_packages() -> None:
    names = {module.name for module in MODULES}
    assert {"omscore.errors", "omscore.ids", "omscore.quantities", "omscore_adapters"} <= names


def test_importing_omscore_stays_light() -> None:
    assert [name for name in loaded_by("import omscore") if name.startswith("omscore.")] == ["omscore.homes"]
    loaded = loaded_by("from omscore import *")
    assert "omscore.app" in loaded
    assert not heavy(loaded), (
        f"import omscore loads {heavy(loaded)}; import them where they are used, inside the function"
    )


def test_every_name_at_the_door_is_fetched_from_where_the_types_say() -> None:
    door = ast.parse((SRC / "omscore" / "__init__.py").read_text(encoding="utf-8"))
    (typed,) = [node for node in door.body if isinstance(node, ast.If)]
    homes = {alias.name: node.module for node in typed.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert sorted(homes) == sorted(omscore.__all__)
    for name, home in homes.items():
        assert getattr(omscore, name) is getattr(importlib.import_module(str(home)), name)
    assert set(omscore.__all__) <= set(dir(omscore))
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        omscore.Nothing  # noqa: B018


def test_the_name_audit_stays_the_function_whoever_imports_the_room() -> None:
    assert loaded_by(
        "import omscore.audit.run; from omscore import audit; assert audit.__name__ == 'audit', audit; audit.__code__"
    )


def test_a_plugin_loads_the_library_of_its_peer_only_when_it_is_opened() -> None:
    loaded = loaded_by("import omscore_adapters.payment_stripe")
    assert "omscore_adapters.payment_stripe.webhooks" in loaded and "stripe" not in loaded


def test_the_probe_sees_what_a_statement_loads() -> None:
    assert heavy(loaded_by("import click")) != []


def test_no_module_is_longer_than_its_noun_needs() -> None:
    found = oversized({module.name: len(module.source.splitlines()) for module in MODULES}, MAX_LINES)
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("importer", "source", "says"),
    [
        ("omscore.money.amount", "from omscore.orders.model import Order", "basics may not import contexts"),
        ("omscore.ids", "import omscore.engine", "basics may not import app"),
        ("omscore.orders.decide", "from omscore.inventory.model import Cell", "contexts may not import contexts"),
        ("omscore.routing.engine", "from omscore.inventory.model import Cell", "travels as an event"),
        ("omscore.orders.decide", "from omscore import payments", "contexts may not import contexts"),
        ("omscore.orders.decide", "from ..payments import model", "contexts may not import contexts"),
        ("omscore.orders.decide", "from omscore.flows import checkout", "contexts may not import flows"),
        ("omscore.orders.decide", "from omscore.ports.clock import Clock", "contexts may not import ports"),
        ("omscore.orders.decide", "from omscore import Money", "contexts may not import door"),
        ("omscore.orders.decide", "def f():\n    import omscore.app", "omscore.orders.decide:2 imports omscore.app"),
        (
            "omscore.orders.decide",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from omscore.ports import clock",
            "contexts may not import ports",
        ),
        ("omscore.orders.decide", 'import_module("omscore.engine")', "contexts may not import app"),
        ("omscore.orders.decide", 'importlib.import_module("omscore.engine")', "contexts may not import app"),
        ("omscore.flows.checkout", "from omscore.ports.storage import Commit", "flows may not import ports"),
        ("omscore.ports.storage", "from omscore.orders.decide import decide", "omscore.<context>.model"),
        ("omscore.ports.storage", "from omscore.orders import Order", "ports may not import contexts"),
        ("omscore.ports.erp", "from omscore.billing import JournalEntry", "ports may not import contexts"),
        ("omscore.ports.storage", "from omscore.flows import checkout", "ports may not import flows"),
        ("omscore.engine.runner", "from omscore.cli import main", "app may not import top"),
        ("omscore.engine.runner", "import omscore", "app may not import door"),
        ("omscore.cli.demo", "import omscore_adapters.storage_sqlite", "omscore never imports an adapter"),
        ("omscore.app", "from omscore_adapters import storage_memory", "omscore never imports an adapter"),
        ("omscore.orders.model", "from zoneinfo import ZoneInfo", "imported in omscore.calendars only"),
        ("omscore.orders.model", "import dateutil.parser", "imported in omscore.calendars only"),
        ("omscore.codec.reading", "from cattrs import Converter", "imported in omscore.policy only"),
        ("omscore.money", "from babel.numbers import format_currency", "imported in omscore.money.formatting only"),
        ("omscore.engine.runner", "import requests", "requests is neither the standard library"),
        ("omscore.engine.runner", "import rich", "imported in omscore.cli only"),
        ("omscore_adapters.erp_beancount", "import beancount", "licence of beancount forbids it"),
        ("omscore_adapters.tax_table", "from zoneinfo import ZoneInfo", "imported in omscore.calendars only"),
        ("omscore_adapters.tax_table", "from omscore.ports._rows import Row", "_rows is not public"),
        ("omscore_adapters.tax_table", "from omscore.money import _bound", "_bound is not public"),
        ("omscore_adapters.tax_table", "from omscore.orders.model import Order", "omscore.orders is not a door"),
        ("omscore_adapters.tax_table", "from omscore import engine", "omscore.engine is not a door"),
        ("omscore.utilities", "import json", "the room 'utilities' has no layer yet"),
    ],
)
def test_an_import_that_points_the_wrong_way_is_found(importer: str, source: str, says: str) -> None:
    found = findings(Module(importer, source))
    assert len(found) == 1
    assert says in found[0]
    assert importer in found[0]


def test_a_relative_import_is_read_from_where_it_stands() -> None:
    source = "from ..payments import model"
    assert "imports omscore.payments.model" in findings(Module("omscore.orders.decide", source))[0]
    assert "imports omscore.payments.model" in findings(Module("omscore.orders", source, is_package=True))[0]
    assert "imports payments.model" in findings(Module("omscore.orders", source))[0]


@pytest.mark.parametrize(
    ("importer", "source"),
    [
        (
            "omscore.money.formatting",
            "from babel.numbers import format_currency\nfrom omscore.errors import InputError",
        ),
        ("omscore.calendars", "from dateutil import parser\nfrom zoneinfo import ZoneInfo"),
        ("omscore.orders.decide", "import attrs\nfrom . import events\nfrom omscore.orders.model import Order"),
        ("omscore.flows.checkout", "from omscore.orders import commands\nfrom omscore.payments.model import Payment"),
        ("omscore.ports.storage", "from omscore.orders.model import Order\nfrom omscore.inventory import model"),
        ("omscore.ports.erp", "from omscore.billing.journal import JournalEntry"),
        ("omscore.engine.runner", "from omscore.ports import storage\nfrom omscore.policy import shop\nimport attrs"),
        ("omscore", "from omscore.app import Oms\nfrom omscore.money import Money"),
        ("omscore.cli.demo", "import click\nfrom omscore import Oms\nfrom omscore.sim import run"),
        ("omscore.testing.conformance.storage", "import pytest\nimport hypothesis"),
        (
            "omscore_adapters.carrier_table",
            "from omscore import Money, __version__\nfrom omscore.ports.carriers import Rate",
        ),
        (
            "omscore_adapters.carrier_table.adapter",
            "import csv, attrs\nfrom .mapping import row\nfrom omscore.routing import RateTable",
        ),
    ],
)
def test_an_import_that_points_the_right_way_is_left_alone(importer: str, source: str) -> None:
    assert findings(Module(importer, source)) == []


def test_every_home_of_a_library_stands_in_a_known_room() -> None:
    assert {home.split(".")[1] for home in HOMES.values()} <= set(LAYER_OF)


def test_the_longest_module_is_named_first() -> None:
    found = oversized({"omscore.a": 400, "omscore.b": 500, "omscore.c": 320}, MAX_LINES)
    assert [line.split()[0] for line in found] == ["omscore.b", "omscore.a"]


def test_a_heavy_module_is_named_with_its_package() -> None:
    assert heavy(["attrs", "rich.table", "babel", "omscore_adapters.tax_table", "numpy", "pluggy"]) == [
        "babel",
        "numpy",
        "omscore_adapters.tax_table",
        "rich.table",
    ]
