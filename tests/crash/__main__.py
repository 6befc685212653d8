"""`python -m tests.crash [NAME ...] [--long] [--engine E] [--rounds N] [--seed S] [--json FILE] [--page FILE]`."""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from tests.crash.arena import Arena
from tests.crash.campaign import Campaign, Ran, run
from tests.crash.page import enter, machine
from tests.crash.registry import CAMPAIGNS
from tests.kit.postgres import Server, server


def main(arguments: list[str]) -> int:
    """Runs campaigns and prints a table; 1 when any promise was broken."""
    options = _options(arguments)
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 30)
    chosen = [CAMPAIGNS[name] for name in options.names] if options.names else list(CAMPAIGNS.values())
    out = Console(width=140 if not sys.stdout.isatty() else None)
    rans: list[Ran] = []
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="omscore-crash-")))
        running: list[Server] = []
        for campaign, engine in _runs(chosen, options.engine):
            if engine == "postgres" and not running:
                running.append(opened.enter_context(server()))
            sizes = campaign.long if options.long else campaign.everyday
            rounds = options.rounds or sizes[engine]
            own = folder / f"{campaign.name}-{engine}"
            own.mkdir()
            arena = Arena(engine=engine, folder=own, server=running[0] if engine == "postgres" else None)
            rans.append(_shown(campaign, arena, rounds, seed))
            _print(out, rans[-1])
    out.print(_table(rans))
    result = {"commit": commit(), "machine": machine(), "runs": [_plain(each) for each in rans]}
    if options.json:
        Path(options.json).write_text(json.dumps(result))
    if options.page:
        enter(Path(options.page), result)
    return 1 if any(each.outcome.violations for each in rans) else 0


def commit() -> str:
    """The commit that is tested, with a plus when the work tree differs from it."""
    try:
        told = subprocess.run(
            ["git", "describe", "--always", "--dirty=+"],  # noqa: S607
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(__file__).parent,
        )
        return told.stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description="Hurt a shop and see what it keeps.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"campaigns: {', '.join(CAMPAIGNS)}")
    parser.add_argument("--long", action="store_true", help="the sizes of a night")
    parser.add_argument("--engine", choices=("memory", "sqlite", "postgres"), help="one store only")
    parser.add_argument("--rounds", type=int, help="another size")
    parser.add_argument("--seed", type=int, help="the seed of an earlier run")
    parser.add_argument("--json", metavar="FILE", help="write the figures to FILE as well")
    parser.add_argument("--page", metavar="FILE", help="enter the figures in the table of FILE, docs/reliability.md")
    options = parser.parse_args(arguments)
    for name in options.names:
        if name not in CAMPAIGNS:
            parser.error(f"there is no campaign {name!r}; there are {', '.join(CAMPAIGNS)}")
    return options


def _runs(campaigns: list[Campaign], engine: str | None) -> Iterator[tuple[Campaign, str]]:
    for campaign in campaigns:
        for each in campaign.engines:
            if engine in (None, each):
                yield campaign, each


def _shown(campaign: Campaign, arena: Arena, rounds: int, seed: int) -> Ran:
    columns = (TextColumn(f"{campaign.name} {arena.engine}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("rounds", total=rounds)
        return run(campaign, arena, rounds=rounds, seed=seed, note=lambda done: bar.update(task, completed=done))


def _print(out: Console, ran: Ran) -> None:
    for says in ran.outcome.violations:
        out.print(f"{ran.campaign} on {ran.engine}: {says}", style="bold red", markup=False)
    if ran.outcome.violations:
        out.print(f"seed {ran.seed}, commit {commit()}; again: {ran.again}", style="red", markup=False)


def _table(rans: list[Ran]) -> Table:
    table = Table("Campaign", "Store", "Rounds", "Figures", "Broken promises", "Seconds", "Seed", title="Faults")
    for ran in rans:
        figures = ", ".join(f"{value:,} {name}" for name, value in ran.outcome.figures.items())
        broken = str(len(ran.outcome.violations))
        table.add_row(ran.campaign, ran.engine, f"{ran.rounds:,}", figures, broken, f"{ran.seconds:.1f}", str(ran.seed))
    return table


def _plain(ran: Ran) -> dict[str, object]:
    return {
        "campaign": ran.campaign,
        "engine": ran.engine,
        "rounds": ran.rounds,
        "seed": ran.seed,
        "seconds": round(ran.seconds, 1),
        "figures": dict(ran.outcome.figures),
        "violations": list(ran.outcome.violations),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
