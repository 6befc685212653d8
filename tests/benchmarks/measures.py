"""Every measurement by the name it is asked for with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from tests.benchmarks.documents import measure_documents
from tests.benchmarks.goals import Result
from tests.benchmarks.hooks import measure_hooks
from tests.benchmarks.importing import measure_importing
from tests.benchmarks.placing_sqlite import measure_bulk, measure_placing
from tests.benchmarks.rounds import Run
from tests.benchmarks.sums import measure_sums

MEASURES: Mapping[str, Callable[[Run], Iterator[Result]]] = {
    "G1": measure_placing,
    "G2": measure_bulk,
    "G12": measure_documents,
    "G13": measure_sums,
    "G14": measure_hooks,
    "G15": measure_importing,
}


def measure(names: Sequence[str], run: Run) -> list[Result]:
    """The results of these measurements, one after the other, never two at once."""
    return [result for name in names for result in MEASURES[name](run)]
