"""The hooks and their typed caller say the same; plugins nobody named stay unread."""

from __future__ import annotations

import inspect
import json
import os
import re
import subprocess
import sys
import typing
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest

import omscore_adapters
from omscore.app import open_shop
from omscore.errors import SetupError
from omscore.plugins import Upcaster, hookimpl, hooks
from omscore.plugins.discovery import Plugins, installed_names
from omscore.plugins.hooks import Answer, HookCalls
from omscore.plugins.hookspecs import PROJECT, Hooks
from omscore.plugins.providers import PortKind
from tests.kit.distributions import install
from tests.kit.shops import RATES, SHOP

PAGE = Path(__file__).resolve().parents[2] / "docs" / "plugins.md"


def specs(kind: type[Any]) -> dict[str, Any]:
    """The hooks of a class by name, as functions."""
    return {name: found for name, found in vars(kind).items() if name.startswith("oms_")}


def test_every_hook_has_a_method_of_its_name_and_no_method_is_without_a_hook() -> None:
    assert set(specs(Hooks)) == set(specs(HookCalls)) != set()
    for name, hook in specs(Hooks).items():
        assert hasattr(hook, f"{PROJECT}_spec"), f"{name} is not marked as a hook"


@pytest.mark.parametrize("name", sorted(specs(Hooks)))
def test_a_hook_and_its_method_have_the_same_arguments_and_each_answer_has_the_type_of_the_hook(name: str) -> None:
    hook, method = specs(Hooks)[name], specs(HookCalls)[name]
    asked, gives = typing.get_type_hints(hook), typing.get_type_hints(method)
    answer, told = asked.pop("return"), gives.pop("return")
    assert asked == gives
    assert list(inspect.signature(hook).parameters) == list(inspect.signature(method).parameters)
    assert all([each.default is each.empty for each in inspect.signature(hook).parameters.values()])
    several, ends = get_args(told)
    assert (get_origin(told), ends) == (tuple, ...)
    assert (get_origin(several), get_args(several)) == (Answer, (answer,))
    assert Any not in (answer, *get_args(answer))
    assert hook.__doc__


def test_the_page_of_plugins_names_every_hook_and_no_other() -> None:
    assert set(re.findall(r"\boms_\w+", PAGE.read_text(encoding="utf-8"))) == set(specs(Hooks))


def test_nobody_else_calls_the_hooks() -> None:
    room = Path(hooks.__file__).parents[1]
    users = {path.name for path in room.rglob("*.py") if "import pluggy" in path.read_text(encoding="utf-8")}
    assert users == {"hooks.py", "hookspecs.py"}


def test_an_answer_that_is_not_what_the_hook_asks_for_names_the_plugin() -> None:
    class Wrong:
        @hookimpl
        def oms_upcasters(self) -> Sequence[Upcaster]:
            return ["x"]  # type: ignore[list-item]

        def __repr__(self) -> str:
            return "<wrong>"

    calls = HookCalls()
    calls.add(Wrong())
    with pytest.raises(SetupError, match="plugin <wrong>: oms_upcasters must return a tuple of Upcaster"):
        calls.oms_upcasters()


def test_a_plugin_added_twice_answers_once() -> None:
    class Quiet:
        @hookimpl
        def oms_upcasters(self) -> Sequence[Upcaster]:
            return ()

    calls, plugin = HookCalls(), Quiet()
    calls.add(plugin)
    calls.add(plugin)
    assert len(calls.oms_upcasters()) == 1


PLUGIN = """
import builtins
builtins.imported = [*getattr(builtins, "imported", ()), __name__]

from contextlib import contextmanager

from omscore.plugins import PortKind, Provider, hookimpl
from omscore.records import frozen


@frozen(kw_only=True)
class NoSettings:
    pass


class Approves:
    def review(self, request):
        raise AssertionError


@contextmanager
def opened(settings):
    yield Approves()


@hookimpl
def oms_providers():
    name = __name__.removeprefix("omscore_")
    return (Provider(name=name, port=PortKind.REVIEW, settings_type=NoSettings, open=opened),)
"""


def test_only_plugins_the_configuration_names_are_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three reviewers are installed, one is named; of omscore's own adapters those of the shop are loaded alone."""
    for name in ("acme", "other", "third"):
        install(
            tmp_path / "site",
            monkeypatch,
            f"omscore-{name}",
            PLUGIN,
            f"[omscore.plugins]\nreviewers.{name} = omscore_{name}\n",
        )
    assert {(PortKind.REVIEW, each) for each in ("acme", "other", "third")} <= set(installed_names())
    config = tmp_path / "shop.toml"
    config.write_text(f"{SHOP}\n[reviewers.acme]\n", encoding="utf-8")
    (tmp_path / "rates.csv").write_text(RATES, encoding="utf-8")
    program = (
        "import json, sys, builtins\n"
        "from omscore import open_shop\n"
        f"with open_shop({str(config)!r}):\n"
        "    pass\n"
        "print(json.dumps([builtins.imported, sorted(each for each in sys.modules if each.count('.') == 1)]))\n"
    )
    asked = [sys.executable, "-c", program]
    told = subprocess.run(asked, capture_output=True, text=True, check=True, env=_with_path())  # noqa: S603
    imported, modules = json.loads(told.stdout)
    assert imported == ["omscore_acme"]
    ours = {each.partition(".")[2] for each in modules if each.startswith(f"{omscore_adapters.__name__}.")}
    folders = {each for each in ours if (Path(omscore_adapters.__path__[0]) / each).is_dir()}
    assert folders == {
        "storage_sqlite",
        "payment_manual",
        "carrier_table",
        "tax_table",
        "notice_file",
        "erp_beancount",
    }


def _with_path() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join([each for each in sys.path if each])}


def test_a_plugin_that_is_named_and_cannot_be_imported_says_which(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = "[omscore.plugins]\nreviewers.acme = omscore_acme\n"
    install(tmp_path / "site", monkeypatch, "omscore-acme", "import no_such_thing\n", entries)
    config = tmp_path / "shop.toml"
    config.write_text(f"{SHOP}\n[reviewers.acme]\n", encoding="utf-8")
    (tmp_path / "rates.csv").write_text(RATES, encoding="utf-8")
    with pytest.raises(SetupError, match=r"reviewers\.acme: its plugin cannot be imported"), open_shop(config):
        pass
    assert Plugins().provider(PortKind.PAYMENT, "manual").name == "manual"
