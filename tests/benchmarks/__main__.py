"""The command: `python -m tests.benchmarks [GOAL ...] [--quick] [--json FILE] [--page FILE] [--folder FOLDER]`."""

from __future__ import annotations

import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.machine import described, synced_per_s
from tests.benchmarks.measures import MEASURES, measure
from tests.benchmarks.report import print_table, write_json, write_page
from tests.benchmarks.rounds import Run


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every goal measured is met, 1 otherwise; a quick run proves nothing and is always 0."""
    asked = _parser().parse_args(arguments)
    names = asked.goals or list(MEASURES)
    with tempfile.TemporaryDirectory(prefix="omscore-bench-", dir=asked.folder) as folder:
        size = {"rounds": 1, "slices": 1, "share": 0.02} if asked.quick else {"rounds": asked.rounds}
        run = Run(folder=Path(folder), tell=_tell, **size)
        before = synced_per_s(run.folder)
        results = measure(names, run)
        syncs = f"{before:,.0f}/s before, {synced_per_s(run.folder):,.0f}/s after"
    machine = {**described(), "fdatasync": syncs, "rounds": str(run.rounds)}
    print_table(results, machine)
    if asked.json:
        write_json(asked.json, results, machine)
    if asked.page:
        write_page(asked.page, results, machine)
    return 0 if asked.quick or all(result.is_met for result in results) else 1


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("goals", nargs="*", choices=[[], *MEASURES], metavar="GOAL", help=", ".join(MEASURES))
    parser.add_argument("--quick", action="store_true", help="one tiny round of each: shows that they run, no more")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each measurement (5)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every round to this file")
    parser.add_argument("--page", type=Path, metavar="FILE", help="write the table between the marks of this page")
    parser.add_argument("--folder", type=Path, help="a folder on the disk to measure (the system's temporary folder)")
    return parser


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
