"""Every measurement by the name it is asked for with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from tests.benchmarks import placing_postgres, placing_sqlite
from tests.benchmarks.documents import measure_documents
from tests.benchmarks.goals import Result
from tests.benchmarks.hooks import measure_hooks
from tests.benchmarks.hot_sku import measure_hot_sku
from tests.benchmarks.importing import measure_importing
from tests.benchmarks.joint import measure_joint
from tests.benchmarks.rounds import Run
from tests.benchmarks.routing import measure_gap, measure_greedy, measure_solver
from tests.benchmarks.sums import measure_sums

MEASURES: Mapping[str, Callable[[Run], Iterator[Result]]] = {
    "G1": placing_sqlite.measure_placing,
    "G2": placing_sqlite.measure_bulk,
    "G3": placing_postgres.measure_placing,
    "G4": placing_postgres.measure_bulk,
    "G5": measure_hot_sku,
    "G6": measure_gap,
    "G7": measure_solver,
    "G10": measure_greedy,
    "G11": measure_joint,
    "G12": measure_documents,
    "G13": measure_sums,
    "G14": measure_hooks,
    "G15": measure_importing,
}


def measure(names: Sequence[str], run: Run) -> list[Result]:
    """The results of these measurements, one after the other, never two at once."""
    return [result for name in names for result in MEASURES[name](run)]
