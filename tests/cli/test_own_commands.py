"""Commands of plugins: imported when called or listed, never in place of omscore's own, told when they are wrong."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from omscore.cli import main
from omscore.cli.owncommands import own_command, own_names
from omscore.errors import SetupError
from tests.cli.conftest import run
from tests.kit.distributions import install

COMMANDS = '''
import click

from omscore.errors import RefusedError


@click.command()
@click.argument("name")
def greet(name):
    """Say hello."""
    if name == "nobody":
        raise RefusedError("there is nobody to greet")
    click.echo(f"hello {name}")


def no_command():
    pass
'''
ENTRIES = """[omscore.commands]
greet = strikes_commands:greet
show = strikes_commands:greet
plain = strikes_commands:no_command
gone = strikes_commands:gone
Loud = strikes_commands:greet
"""


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path / "site", monkeypatch, "strikes-commands", COMMANDS, ENTRIES)


def is_imported() -> bool:
    return "strikes_commands" in sys.modules


def test_a_plugins_command_runs_beside_omscores_own_and_is_imported_only_then(tmp_path: Path) -> None:
    assert "greet" in own_names()
    assert run("init", tmp_path / "shop").exit_code == 0
    assert not is_imported()
    result = run("greet", "Ada")
    assert (result.exit_code, result.output) == (0, "hello Ada\n")
    assert is_imported()


def test_an_error_of_a_plugins_command_is_told_like_any_other() -> None:
    result = run("greet", "nobody")
    assert (result.exit_code, result.output) == (2, "there is nobody to greet\n")


def test_they_stand_in_the_list_with_what_is_wrong_with_them() -> None:
    told = " ".join(run("--help").output.split())
    assert "greet Say hello." in told
    assert "plain Cannot be used: command plain of strikes-commands" in told
    assert "show Show one order" in told


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("show", r"command show of strikes-commands .* has the name of one of omscore's own, which stays"),
        ("plain", "must be a click.Command, not function"),
        ("gone", "cannot be imported"),
        ("Loud", "1 to 30 small letters"),
    ],
)
def test_a_command_that_cannot_be_used_is_a_typed_error(name: str, says: str) -> None:
    with pytest.raises(SetupError, match=says):
        own_command(name, main.commands)
    assert own_command("nobody-has-it", main.commands) is None


def test_a_name_of_omscores_own_keeps_its_meaning_and_the_plugin_is_not_even_imported(tmp_path: Path) -> None:
    assert run("show", "--help").output.startswith("Usage: main show [OPTIONS] ORDER")
    assert not is_imported()
    result = run("gone", "--whatever", "x")
    assert result.exit_code == 2
    assert "cannot be imported" in " ".join(result.output.split())


def test_two_plugins_with_one_command_are_both_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path / "more", monkeypatch, "other", COMMANDS, "[omscore.commands]\ngreet = other:greet\n")
    with pytest.raises(SetupError, match=r"offered by other \(other:greet\) and strikes-commands"):
        own_command("greet", main.commands)
    assert run("greet", "Ada").exit_code == 2


def test_plugins_tells_of_them_too(tmp_path: Path) -> None:
    result = run("plugins", "--json", tmp_path / "plugins.json")
    assert "5 commands" in result.output
    rows = json.loads((tmp_path / "plugins.json").read_text("utf-8"))
    told = {each["provider"]: (each["says"], each["trouble"]) for each in rows if each["port"] == "command"}
    assert told["greet"] == ("Say hello.", "")
    assert "which stays" in told["show"][1]
