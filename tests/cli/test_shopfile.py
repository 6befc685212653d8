"""A command that goes by the shop.toml of the current folder says how to name another one when there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from omscore.cli import main
from omscore.cli.shopfile import HERE
from tests.cli.conftest import run

WORDS = {"bounces": ["mailbox"], "intake": ["--rejects"]}


def test_every_command_that_goes_by_the_folder_is_asked_here() -> None:
    known = {name for name, command in main.commands.items() for each in command.params if each.default == HERE}
    assert known == set(WORDS)


@pytest.mark.parametrize("name", WORDS)
def test_a_folder_without_a_shop_is_told_with_the_option_that_names_one(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mailbox").mkdir()
    here = run(name, *WORDS[name])
    assert here.exit_code == 2
    assert "there is no shop.toml in this folder; name that of the shop with --config" in " ".join(here.output.split())
    there = run(name, *WORDS[name], "--config", "tea.toml")
    assert there.exit_code == 2
    assert "there is no file tea.toml; name the shop.toml of the shop with --config" in " ".join(there.output.split())
