"""The results as a table to read, as a table for the docs, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.benchmarks.goals import Result, Shown

BEGIN = "<!-- the table below is written by `nox -s bench -- --page docs/performance.md` -->"
END = "<!-- the end of the table -->"

COLUMNS = ("goal", "what", "must", "stretch", "reached", "spread", "ours", "theirs", "met")


def row(result: Result) -> tuple[str, ...]:
    """One line of the table."""
    goal, shown = result.goal, result.goal.shown.text
    spread = f"{shown(min(result.ratios))} to {shown(max(result.ratios))}" if len(result.ratios) > 1 else ""
    return (
        goal.name,
        goal.what,
        goal.mark_text(goal.must),
        goal.mark_text(goal.stretch),
        shown(result.reached) if goal.shown is not Shown.NUMBER else f"{result.reached:g}",
        spread,
        _time_text(result.figures.get("ours_us")),
        _time_text(result.figures.get("theirs_us")),
        result.verdict,
    )


def print_table(results: Sequence[Result], machine: Mapping[str, str]) -> None:
    """The table on the terminal, and the machine it was measured on."""
    table = Table(*COLUMNS)
    for result in results:
        table.add_row(*row(result), style=None if result.is_met else "bold red")
    console = Console(width=None if Console().is_terminal else 200)
    console.print(table)
    console.print(", ".join(f"{name} {value}" for name, value in machine.items()))


def write_json(path: Path, results: Sequence[Result], machine: Mapping[str, str]) -> None:
    """Everything measured, round by round."""
    measured = [_plain(result) for result in results]
    path.write_text(json.dumps({"machine": dict(machine), "results": measured}, indent=2) + "\n", encoding="utf-8")


def write_page(path: Path, results: Sequence[Result], machine: Mapping[str, str]) -> None:
    """Puts the table between the two marks of a page. Raises: ValueError for a page without them."""
    before, begin, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{path} has no place for the table: it needs the lines {BEGIN!r} and {END!r}")
    lines = ["| " + " | ".join(COLUMNS) + " |", "|" + " --- |" * len(COLUMNS)]
    lines += ["| " + " | ".join(row(result)) + " |" for result in results]
    told = "Measured on: " + ", ".join(f"{name} {value}" for name, value in machine.items()) + "."
    path.write_text("\n".join([before + BEGIN, "", *lines, "", told, "", END]) + after, encoding="utf-8")


def _plain(result: Result) -> dict[str, Any]:
    goal = result.goal
    return {
        "goal": goal.name,
        "what": goal.what,
        "must": goal.must,
        "stretch": goal.stretch,
        "at_least": goal.at_least,
        "reached": result.reached,
        "rounds": list(result.ratios),
        "figures": dict(result.figures),
        "met": result.is_met,
    }


def _time_text(time_us: float | None) -> str:
    if time_us is None:
        return ""
    if time_us >= 1_000:
        return f"{time_us / 1_000:.2f} ms"
    return f"{time_us:.0f} us" if time_us >= 10 else f"{time_us * 1_000:.0f} ns"
