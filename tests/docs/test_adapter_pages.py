"""Every adapter that comes with omscore has a page of its own: settings a shop takes, and each of them named."""

from __future__ import annotations

import importlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest

from omscore import write_starter_shop
from omscore.cli.backends import lint_backends
from omscore.plugins.discovery import GROUP
from omscore.plugins.providers import PortKind
from omscore.policy.loading import load_shop
from tests.docs.test_shop_toml_page import records_within, rows_of, rows_under
from tests.docs.test_snippets import ROOT

DOCS = ROOT / "docs"
_TOML = re.compile(r"^```toml\n(.*?)^```", flags=re.MULTILINE | re.DOTALL)
_SETTINGS_TABLE = re.compile(r"^\| key \| type \| default \| meaning \|\n\|[-|]+\|\n((?:\|.*\n)+)", flags=re.MULTILINE)

Provided = tuple[PortKind, str]


def entry_points() -> dict[Provided, str]:
    """The module of every provider that comes with omscore, as it is registered."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = {each.partition("."): module for each, module in project["entry-points"][GROUP].items()}
    return {(PortKind(port), name): module for (port, _, name), module in names.items()}


def adapter_pages() -> dict[str, str]:
    """The pages about one adapter, by name."""
    found = [*DOCS.glob("adapter-*.md"), *DOCS.glob("storage-*.md")]
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(found)}


def blocks(page: str) -> list[Mapping[str, Any]]:
    """What the TOML on a page says, block by block."""
    return [tomllib.loads(text) for text in _TOML.findall(page)]


def set_up(table: Mapping[str, Any]) -> Iterator[tuple[Provided, Mapping[str, Any]]]:
    """The providers a piece of a shop.toml sets up, with their settings.

    >>> dict(set_up({"payment": {"manual": {}}, "intake": {"web": {"x12": {}}}, "flows": {}}))
    {(<PortKind.PAYMENT: 'payment'>, 'manual'): {}, (<PortKind.CHANNEL: 'channel'>, 'x12'): {}}
    """
    for port, providers in table.items():
        if port in set(PortKind):
            yield from (((PortKind(port), name), settings) for name, settings in providers.items())
        if port == "intake":
            yield from (
                ((PortKind.CHANNEL, name), settings)
                for formats in providers.values()
                for name, settings in formats.items()
            )


def pages_of(adapter: Provided, pages: Mapping[str, str]) -> list[str]:
    """The pages whose TOML sets the adapter up."""
    return [name for name, page in pages.items() if any(adapter in dict(set_up(each)) for each in blocks(page))]


def own_records(adapter: Provided) -> list[type[Any]]:
    """The record of an adapter's settings, and those within it that only this adapter has."""
    settings: type[Any] = importlib.import_module(entry_points()[adapter]).PROVIDER.settings_type
    folder = settings.__module__.rpartition(".")[0]
    return [settings, *(each for each in records_within(settings) if each.__module__.startswith(folder))]


def unnamed(adapter: Provided, page: str) -> list[str]:
    """The settings of an adapter that its page does not name, neither in words nor in TOML."""
    named = {*re.findall(r"`(\w+)`", page), *re.findall(r"\b(\w+) = ", "".join(_TOML.findall(page)))}
    return [field.name for record in own_records(adapter) for field in attrs.fields(record) if field.name not in named]


def told_wrong(page: str) -> list[str]:
    """The tables of settings on a page that are those of none of its adapters: keys or defaults are not as in code."""
    records = [
        rows_of(record) for each in blocks(page) for adapter, _ in set_up(each) for record in own_records(adapter)
    ]
    tables = [rows_under(f"# x\n{rows}", "x") for rows in _SETTINGS_TABLE.findall(page)]
    return [str(rows) for rows in tables if rows not in records]


@pytest.mark.parametrize("adapter", sorted(entry_points()), ids=lambda adapter: ".".join(adapter))
def test_every_shipped_adapter_has_one_page_of_its_own_that_names_each_of_its_settings(adapter: Provided) -> None:
    pages = adapter_pages()
    (name,) = pages_of(adapter, pages)
    assert unnamed(adapter, pages[name]) == []


@pytest.mark.parametrize("name", adapter_pages())
def test_a_table_of_settings_has_every_key_with_its_default_and_no_other(name: str) -> None:
    assert told_wrong(adapter_pages()[name]) == []


@pytest.mark.parametrize("name", adapter_pages())
def test_the_settings_on_the_page_of_an_adapter_are_taken_by_a_shop(name: str, tmp_path: Path) -> None:
    config = write_starter_shop(tmp_path)
    channels = [{"name": each, "kind": "web", "currency": "EUR"} for each in ("web", "trade", "market")]
    said: dict[Provided, Mapping[str, Any]] = {}
    for block in blocks(adapter_pages()[name]):
        for adapter, settings in set_up(block):
            said[adapter] = {**said.get(adapter, {}), **settings}  # a later block adds to what an earlier one has begun
            overrides = {**block, **({} if "intake" in block else {adapter[0].value: {adapter[1]: said[adapter]}})}
            shop = load_shop(config, overrides={"rejects": "rejects", "channels": channels, **overrides})
            assert [str(each) for each in lint_backends(shop, tmp_path, secrets_elsewhere=True)] == []


def test_a_setting_without_a_word_a_wrong_default_and_a_second_page_are_found() -> None:
    memory, manual = (PortKind.STORAGE, "memory"), (PortKind.PAYMENT, "manual")
    page = "```toml\n[payment.manual]\n```\n| key | type | default | meaning |\n|---|---|---|---|\n"
    rows = "| `remembered_keys` | whole number | `{}` | how many |\n| `book` | path | none | a file |\n"
    assert unnamed(manual, page) == ["remembered_keys", "book"]
    assert (unnamed(manual, page + rows), told_wrong(page + rows.format(20_000))) == ([], [])
    assert told_wrong(page + rows.format(10)) != [] != told_wrong(page + rows.partition("\n")[2])
    assert pages_of(manual, {"a": page, "b": page}) == ["a", "b"]
    assert pages_of(memory, {"a": page}) == []
