"""`omscore new-plugin` writes a project that installs as it is and is red only where its author must write code."""

from __future__ import annotations

import ast
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from omscore.cli.newplugin import KINDS
from omscore.ports.storage import Storage, StorageReading
from tests.cli.conftest import run

SRC = Path(__file__).resolve().parents[2] / "src"
_LINE = re.compile(r"^(FAILED|ERROR) (\S+?)::(\S+) - (.*)$", re.MULTILINE)


def tried(projects: list[Path], site: Path) -> str:
    """What pytest says of projects that are installed into a folder of their own, from that folder alone."""
    paths = [str(project) for project in projects]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join((str(site), str(SRC))), "COLUMNS": "400"}
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--target", str(site), *paths], check=True, capture_output=True)  # noqa: S603
    options = ["-q", "-rfE", "-p", "no:cacheprovider", "--tb=line", "--import-mode=importlib"]
    asked = [sys.executable, "-m", "pytest", *options, *paths]
    return subprocess.run(  # noqa: S603
        asked, env=env, capture_output=True, text=True, cwd=site.parent, check=False
    ).stdout


def test_a_new_project_installs_and_is_red_only_where_code_is_to_be_written(tmp_path: Path) -> None:
    projects = [tmp_path / port for port in KINDS]
    for project in projects:
        written = run("new-plugin", project.name, f"my_{project.name}", "--folder", project)
        assert written.exit_code == 0, written.output
    said = tried(projects, tmp_path / "site")
    red = _LINE.findall(said)
    assert {Path(file).name for _, file, _, _ in red} == {"test_conformance.py"}, said
    assert {law.partition("::")[0] for _, _, law, _ in red} == {f"TestMy{port.capitalize()}" for port in KINDS}
    assert [line for line in red if not line[3].startswith("NotImplementedError: write ")] == []
    passed = re.search(r"(\d+) passed", said)
    assert passed is not None and int(passed[1]) >= 7 * (len(KINDS) - 2) + 4  # all of each test_plugin.py


def test_a_new_store_has_every_method_of_the_port_and_no_other(tmp_path: Path) -> None:
    assert run("new-plugin", "storage", "drawer", "--folder", tmp_path).exit_code == 0
    tree = ast.parse((tmp_path / "src" / "omscore_drawer" / "adapter.py").read_text(encoding="utf-8"))
    (adapter,) = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    ours = {node.name: ast.unparse(node.args) for node in adapter.body if isinstance(node, ast.FunctionDef)}
    theirs: dict[str, str] = {}
    for protocol in (Storage, StorageReading):
        (node,) = ast.parse(inspect.getsource(protocol)).body
        assert isinstance(node, ast.ClassDef)
        theirs |= {each.name: ast.unparse(each.args) for each in node.body if isinstance(each, ast.FunctionDef)}
    assert ours == {"__init__": "self, client: Client", **theirs}


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine", encoding="utf-8")
    refused = run("new-plugin", "carrier", "bike", "--folder", tmp_path)
    assert refused.exit_code == 2
    assert "exists already" in refused.output
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("name", ["Bike", "b", "9bike", "bike-post", "bike.post", "../bike", "b" * 32])
def test_a_name_that_cannot_be_a_module_is_refused(name: str, tmp_path: Path) -> None:
    refused = run("new-plugin", "carrier", name, "--folder", tmp_path / "project")
    assert refused.exit_code == 2
    assert "small letters" in refused.output
    assert list(tmp_path.iterdir()) == []


def test_the_help_names_every_port_whole_on_a_narrow_screen() -> None:
    said = run("new-plugin", "--help").output
    assert all(len(line) <= 80 for line in said.splitlines())
    assert [port for port in KINDS if re.search(rf"(?<!\w){port}(?!\w)", said) is None] == []
