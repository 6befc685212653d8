"""The page of laws is honest: each law names its test, and that test is in the suite or in the kit it runs."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def laws_without_a_test(page: str) -> list[str]:
    """The laws (list items) of a page that name no test in backticks.

    >>> laws_without_a_test("- Cents add up. `test_cents_add_up`\\n- Nothing gets lost.")
    ['Nothing gets lost.']
    """
    laws = re.findall(r"^- (.*(?:\n  .*)*)", page, flags=re.MULTILINE)
    return [law for law in laws if not re.search(r"`test_\w+`", law)]


def named_tests(source: str) -> set[str]:
    """The names of the test functions in a module's text, methods included.

    >>> sorted(named_tests("def test_a(): ...\\nclass TestB:\\n    def test_b(self): ..."))
    ['test_a', 'test_b']
    """
    return {
        node.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def test_every_law_names_its_test_and_the_test_is_there() -> None:
    page = (ROOT / "docs" / "laws.md").read_text(encoding="utf-8")
    assert laws_without_a_test(page) == []
    named = set(re.findall(r"`(test_\w+)`", page))
    assert named
    paths = [*(ROOT / "tests").rglob("*.py"), *(ROOT / "src" / "omscore" / "testing").rglob("*.py")]
    here = {name for path in paths for name in named_tests(path.read_text(encoding="utf-8"))}
    missing = sorted(named - here)
    assert not missing, "docs/laws.md names tests that are not in the suite:\n" + "\n".join(missing)
