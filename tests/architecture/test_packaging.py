"""The distribution promises what is there: five dependencies, plugins that can be found, a readme and its command."""

from __future__ import annotations

import re
import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT: dict[str, Any] = PYPROJECT["project"]


def names_of(requirements: list[str]) -> list[str]:
    """The libraries of some requirements, without their versions."""
    return sorted(re.split(r"[<>=~!;\[ ]", requirement, maxsplit=1)[0] for requirement in requirements)


def test_the_core_depends_on_five_libraries_and_no_more() -> None:
    assert names_of(PROJECT["dependencies"]) == ["attrs", "babel", "cattrs", "pluggy", "python-dateutil"]


def test_every_requirement_names_the_oldest_version_it_takes() -> None:
    requirements = [
        *PROJECT["dependencies"],
        *(entry for extra in PROJECT["optional-dependencies"].values() for entry in extra),
    ]
    without = [entry for entry in requirements if ">=" not in entry and not entry.startswith("omscore[")]
    assert without == []


@pytest.mark.parametrize(("plugin", "module"), sorted(PROJECT["entry-points"]["omscore.plugins"].items()))
def test_every_first_party_plugin_has_a_module(plugin: str, module: str) -> None:
    assert find_spec(module) is not None, (
        f"pyproject.toml offers the plugin {plugin!r}, but there is no module {module}"
    )


def test_both_packages_say_that_they_are_typed() -> None:
    packages = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert [package for package in packages if not (ROOT / package / "py.typed").is_file()] == []


def test_the_readme_is_part_of_the_distribution() -> None:
    assert (ROOT / "README.md").is_file(), "there is no README.md yet"
    assert PROJECT.get("readme") == "README.md", 'add readme = "README.md" to [project] in pyproject.toml'


def test_the_readme_prints_one_test_command_in_one_pasteable_line() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^<!-- test-command -->\n\s*```\w*\n(.*?)\n```$", text, flags=re.MULTILINE | re.DOTALL)
    assert len(blocks) == 1
    assert "\n" not in blocks[0]
    assert "-m venv " in blocks[0]
    assert "pytest" in blocks[0]
