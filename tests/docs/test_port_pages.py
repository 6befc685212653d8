"""Each port has one page, which says of contract, capabilities and laws what the code says, with an example."""

from __future__ import annotations

import re
from enum import Enum
from importlib import import_module
from typing import get_type_hints

import pytest

from omscore.plugins import Capability, PortKind
from omscore.testing.conformance.ports import laws_of
from tests.docs.port_pages import DOCS, PAGES, capabilities_of, law_words, put_in, written
from tests.docs.port_types import import_path, meanings, types_of

PLUGINS = (DOCS / "plugins.md").read_text(encoding="utf-8")
PAGE_OF = {
    PortKind.PAYMENT: "port-payment",
    PortKind.CARRIER: "port-carrier",
    PortKind.ERP: "port-erp",
    PortKind.NOTICE: "port-notices",
    PortKind.LETTER: "port-letters",
    PortKind.TAX: "port-taxes",
    PortKind.CHANNEL: "port-channels",
    PortKind.OBSERVER: "port-observers",
    PortKind.REVIEW: "port-reviewers",
    PortKind.RATE: "port-rates",
    PortKind.STORAGE: "storage-port",
}


def text_of(name: str) -> str:
    return (DOCS / f"{name}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_what_the_code_says(name: str) -> None:
    text = text_of(name)
    assert put_in(text, written(PAGES[name])) == text, "write it anew: python -m tests.docs.port_pages"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_an_example_that_runs(name: str) -> None:
    assert re.search(r"^```python\n(?:.*\n)*?>>> ", text_of(name), re.MULTILINE)


def test_every_port_has_its_page_and_every_page_stands_in_the_index() -> None:
    assert set(PAGE_OF) == set(PortKind)
    assert set(PAGE_OF.values()) == {*PAGES, "storage-port"}
    for kind, name in PAGE_OF.items():
        assert f"[{name}.md]({name}.md)" in PLUGINS, f"{kind} has no page in docs/plugins.md"
        assert f"| `PortKind.{kind.name}` |" in PLUGINS


def test_the_index_names_the_kit_of_each_page() -> None:
    for name, page in PAGES.items():
        kit = page.kits[0][0]
        place = f"`{kit.__module__.rpartition('.')[2]}.{kit.__name__}`"
        assert re.search(rf"\({name}\.md\) \| {re.escape(place)} \|", PLUGINS), f"{place} is not the kit of {name}"


def test_every_capability_is_told_on_a_page_of_a_port() -> None:
    assert {name for page in PAGES.values() for name, _, _ in capabilities_of(page.word)} == set(Capability.__members__)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_tells_every_field_and_every_value_of_the_types_its_port_speaks_in(name: str) -> None:
    page, text = PAGES[name], text_of(name)
    for shown in types_of(page.protocols, page.modules):
        assert getattr(import_module(import_path(shown, page.modules)), shown.__name__) is shown
        if issubclass(shown, Enum):
            for member, means in meanings(shown).items():
                assert means, f"{shown.__name__}.{member} says nowhere what it means; write a docstring below it"
                assert f"| `{shown.__name__}.{member}` | {shown[member].value} | {means} |" in text
        else:
            _, found, rest = text.partition(f"\nclass {shown.__name__}:\n")
            assert found, shown
            for field in get_type_hints(shown):
                assert f"    {field}: " in rest.partition("\nclass ")[0], f"{shown.__name__}.{field}"


def test_a_law_that_is_new_and_one_that_is_gone_are_both_seen() -> None:
    name = "port-taxes"
    text, law = text_of(name), law_words(next(iter(laws_of(PAGES[name].kits[0][0]))))
    without = text.replace(f"| {law}.", "| Another law.")
    assert without != text
    assert put_in(without, written(PAGES[name])) == text
    with pytest.raises(ValueError, match="has no lines"):
        put_in("no markers", "block")
