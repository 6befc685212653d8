"""The pages hang together: links lead somewhere, the readme leads to every page, tables have a head."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.test_snippets import ROOT, pages

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
_RULE = re.compile(r"\|[\s:|-]+\|")


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """What a link may name behind the `#`: the headings, as the usual renderers of Markdown spell them."""
    found: list[str] = []
    for heading in _HEADING.findall(prose(page)):
        words = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower())
        found.append(words.replace(" ", "-"))
    return {
        name if found[:at].count(name) == 0 else f"{name}-{found[:at].count(name)}" for at, name in enumerate(found)
    }


def targets(page: Path) -> Iterator[tuple[str, Path, str]]:
    """The links of a page that stay in this repository: as written, the file, the anchor."""
    for link in _LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", link) is None:
            file, _, anchor = link.partition("#")
            yield link, (page.parent / file).resolve() if file else page, anchor


def lost(page: Path) -> list[str]:
    """The links of a page that lead nowhere."""
    return [
        link for link, file, anchor in targets(page) if not file.exists() or (anchor and anchor not in anchors(file))
    ]


def headless(page: Path) -> list[str]:
    """The first rows of tables that have no head, as after a blank line within a table."""
    lines = ["", *prose(page).split("\n"), ""]
    starts = [at for at in range(1, len(lines) - 1) if lines[at].startswith("|") and not lines[at - 1].startswith("|")]
    return [lines[at] for at in starts if _RULE.fullmatch(lines[at + 1]) is None]


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_a_heading_that_are_there(page: Path) -> None:
    assert lost(page) == []


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_table_has_a_head(page: Path) -> None:
    assert headless(page) == []


def test_every_page_is_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        files = [file for _, file, _ in targets(page)]
        inside = [each for file in files for each in (sorted(file.glob("*.md")) if file.is_dir() else [file])]
        waiting += [each for each in inside if each.suffix == ".md" and each not in reached]
    assert sorted(set(pages()) - reached) == []


def test_a_lost_link_and_a_headless_table_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# A `page`, here\n[a](#a-page-here) [b](#gone) [c](away.md)\n\n| a |\n|---|\n| b |\n\n| c |\n",
        encoding="utf-8",
    )
    assert lost(page) == ["#gone", "away.md"]
    assert headless(page) == ["| c |"]
