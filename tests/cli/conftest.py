"""One demo shop, lived through once and never written to again; tests that change a database copy it first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner, Result

from omscore.cli import main


class DemoShop(NamedTuple):
    """A finished demo: its database, what it printed, and its figures."""

    db: Path
    printed: str
    figures: dict[str, Any]

    def order(self, scene: str) -> str:
        """The id of the order of a scene."""
        order_id: str = self.figures["scenes"][scene]
        return order_id


def run(*arguments: object) -> Result:
    """A command as typed, without a terminal: 80 columns."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments], env={"COLUMNS": "80"})


def live(folder: Path, seed: int) -> DemoShop:
    """A week of a seed."""
    db, report = folder / "demo.db", folder / "demo.json"
    result = run("demo", "--db", db, "--seed", seed, "--json", report)
    assert result.exit_code == 0, result.output
    return DemoShop(db, result.stdout, json.loads(report.read_text("utf-8")))


@pytest.fixture(scope="session")
def demo_shop(tmp_path_factory: pytest.TempPathFactory) -> DemoShop:
    """The week of seed 1."""
    return live(tmp_path_factory.mktemp("demo"), seed=1)
