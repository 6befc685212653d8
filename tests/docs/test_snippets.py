"""Every Python snippet in the readme and the docs runs, page by page from top to bottom, as a reader would paste it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

ROOT = Path(__file__).resolve().parents[2]
PAGES = Sybil(parsers=[PythonCodeBlockParser()])


def pages() -> list[Path]:
    """The readme and every page under docs, in path order."""
    return [path for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))] if path.is_file()]


def run_page(path: Path) -> int:
    """The number of examples on a page (each prompt, or each block without prompts), after all of them ran."""
    snippets = list(PAGES.parse(path).examples())
    for snippet in snippets:
        snippet.evaluate()
    return len(snippets)


@pytest.mark.parametrize("path", pages(), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_snippets_of_a_page_run(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    text = path.read_text(encoding="utf-8")
    if "SHOP_DSN" in text:  # most pages need no server
        monkeypatch.setenv("SHOP_DSN", request.getfixturevalue("postgres").dsn)
    assert re.findall(r"^```(?:py|python3|pycon)\b", text, flags=re.MULTILINE) == [], "write ```python, so that it runs"
    assert run_page(path) >= len(re.findall(r"^```python$", text, flags=re.MULTILINE))


def test_a_snippet_with_a_wrong_answer_fails(tmp_path: Path) -> None:
    page = tmp_path / "wrong.md"
    page.write_text("```python\n>>> 1 + 1\n3\n```\n", encoding="utf-8")
    with pytest.raises(Exception, match="Expected"):
        run_page(page)


def test_later_snippets_of_a_page_know_the_earlier_ones(tmp_path: Path) -> None:
    page = tmp_path / "right.md"
    page.write_text("```python\nunits = 2\n```\n\n```python\n>>> units + 1\n3\n>>> units\n2\n```\n", encoding="utf-8")
    assert run_page(page) == 3
