"""What the pages say to type can be typed: every command is in the readme, every option of a line in a page exists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from omscore.cli import main
from tests.docs.test_snippets import ROOT, pages

_LINE = re.compile(r"(?:^|`|\$ |&& \S*/)omscore ([a-z][^`\n#|]*)", re.MULTILINE)


def lines(page: Path) -> Iterator[list[str]]:
    """The command lines of a page, as words; a line of prose that begins with the name of the program is none."""
    for line in _LINE.findall(page.read_text(encoding="utf-8")):
        words = line.split()
        if words[0] in main.commands:
            yield words


def unknown(words: list[str]) -> list[str]:
    """The options on a command line that its command has not."""
    command: click.Command = main.commands[words[0]]
    rest = words[1:]
    while isinstance(command, click.Group) and rest and rest[0] in command.commands:
        command, rest = command.commands[rest[0]], rest[1:]
    known = {name for parameter in command.params for name in parameter.opts} | {"--help"}
    return [word for word in rest if word.startswith("--") and word not in known]


def test_the_readme_names_every_command_and_no_other() -> None:
    listed = re.search(r"The command line: `omscore ([^`]*)`", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert listed is not None
    assert sorted(listed[1].replace("|", " ").split()) == sorted(main.commands)


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_option_that_a_page_says_to_type_exists(page: Path) -> None:
    assert {" ".join(words): wrong for words in lines(page) if (wrong := unknown(words))} == {}


def test_a_line_that_cannot_be_typed_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "`omscore lint shop.toml --dayz 3`\n\n```sh\nomscore manifest list shop.toml --json a\n```\n", "utf-8"
    )
    assert [unknown(words) for words in lines(page)] == [["--dayz"], []]
