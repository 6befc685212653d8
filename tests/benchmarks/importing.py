"""G15: `import omscore` in a fresh interpreter, against importing what it stands on."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from statistics import median

import attrs

from tests.benchmarks.goals import Goal, Result, Shown
from tests.benchmarks.rounds import Run, cost

IMPORTING = Goal(
    name="G15",
    what="import omscore, against import attrs, cattrs, pluggy, sqlite3",
    must=1.5,
    stretch=1.2,
    at_least=False,
    shown=Shown.TIMES,
)
HEAVY = Goal(
    name="G15 heavy",
    what="numpy, numba, psycopg, solvers and adapters that everything in omscore brings in",
    must=0,
    at_least=False,
    shown=Shown.NUMBER,
)
HEAVY_MODULES = ("numpy", "numba", "scipy", "pandas", "psycopg", "highspy", "ortools", "pytest", "omscore_adapters")


def measure_importing(run: Run) -> Iterator[Result]:
    """Each import in an interpreter of its own, timed from inside it."""

    def ours() -> float:
        return _import_s("omscore")

    def theirs() -> float:
        return _import_s("attrs, cattrs, pluggy, sqlite3")

    ours(), theirs()  # compiles what was never imported before
    pairs = run.side_by_side(IMPORTING.name, ours, theirs)
    result = cost(IMPORTING, pairs, each=run.slices)
    whole_us = median(_import_s("omscore; from omscore import *") for _ in range(run.rounds)) * 1e6
    yield attrs.evolve(result, figures={**result.figures, "whole_us": whole_us})
    heavy = _python(f"from omscore import *; import sys; print(sum(name in sys.modules for name in {HEAVY_MODULES}))")
    yield Result(goal=HEAVY, ratios=(float(heavy),), figures={})


def _import_s(modules: str) -> float:
    return float(_python(f"import time; t = time.perf_counter(); import {modules}; print(time.perf_counter() - t)"))


def _python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)  # noqa: S603
    return done.stdout
