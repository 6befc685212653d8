"""The table of campaigns in `docs/reliability.md`, written by the runs themselves: no figure is typed by hand."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.crash.registry import CAMPAIGNS

BEGIN, END = "<!-- campaigns -->", "<!-- /campaigns -->"
HEAD = "| Campaign | Store | Rounds | Figures | Broken promises | Seconds | Seed | Commit | Machine |"
RULE = "|---|---|---|---|---|---|---|---|---|"


def entered(page: str, results: Iterable[dict[str, Any]]) -> str:
    """The page with the runs of some results in its table; of one campaign on one store the largest run stands.

    Shape: a result is what `--json` writes. Rows are in the order of the registry, then by store.
    """
    before, _, rest = page.partition(BEGIN)
    table, _, after = rest.partition(END)
    rows = {tuple(_cells(line)[:2]): line for line in table.splitlines() if line.startswith("| ") and line != HEAD}
    for result in results:
        for ran in result["runs"]:
            line = _row(ran, result)
            key = tuple(_cells(line)[:2])
            if key not in rows or _number(_cells(rows[key])[2]) <= ran["rounds"]:
                rows[key] = line
    order = list(CAMPAIGNS)
    lines = [rows[key] for key in sorted(rows, key=lambda key: (order.index(key[0]), key[1]))]
    return f"{before}{BEGIN}\n\n{HEAD}\n{RULE}\n" + "".join(f"{line}\n" for line in lines) + f"\n{END}{after}"


def enter(path: Path, result: dict[str, Any]) -> None:
    """Writes one result into the page."""
    path.write_text(entered(path.read_text(encoding="utf-8"), [result]), encoding="utf-8")


def machine() -> str:
    """What it ran on, in few words."""
    return f"{os.cpu_count()} cores {platform.machine()}, Python {platform.python_version()}"


def _row(ran: dict[str, Any], result: dict[str, Any]) -> str:
    figures = ", ".join(f"{value:,} {name}" for name, value in ran["figures"].items())
    cells = (
        ran["campaign"],
        ran["engine"],
        f"{ran['rounds']:,}",
        figures,
        str(len(ran["violations"])),
        f"{ran['seconds']:.0f}",
        str(ran["seed"]),
        result["commit"],
        result["machine"],
    )
    return f"| {' | '.join(cells)} |"


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def _number(text: str) -> int:
    return int(text.replace(",", ""))
