"""A client of the PostgreSQL benchmarks in a process of its own.

`python -m tests.benchmarks.client KIND DSN SCHEMA FOLDER` is told on its input how many orders to get ready, says
`ready`, places them on `go`, and says `done`.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.benchmarks import byhand_postgres
from tests.benchmarks.shop import command, opened, wishes

ROOT = Path(__file__).resolve().parents[2]


class Clients:
    """Some client processes that work at the same time."""

    def __init__(self, kind: str, programs: Sequence[subprocess.Popen[str]]) -> None:
        self._kind = kind
        self._programs = programs
        self._slices = 0

    def get_ready(self, orders: int) -> None:
        """Each client makes so many wishes of its own."""
        self._slices += 1
        for number, program in enumerate(self._programs):
            _tell(program, f"{self._kind}-{len(self._programs)}-{number}-{self._slices}- {orders}")
        for program in self._programs:
            _hear(program, "ready")

    def go(self) -> None:
        """All of them place their orders; returns when the last is done."""
        for program in self._programs:
            _tell(program, "go")
        for program in self._programs:
            _hear(program, "done")


@contextmanager
def clients(kind: str, count: int, *, dsn: str, schema: str, folder: Path) -> Iterator[Clients]:
    """So many processes, connected."""
    with ExitStack() as running:
        programs = []
        for number in range(count):
            own = folder / f"{kind}-{count}-{number}"
            own.mkdir(parents=True)
            program = running.enter_context(
                subprocess.Popen(  # noqa: S603 (our own interpreter with our own module)
                    [sys.executable, "-m", "tests.benchmarks.client", kind, dsn, schema, str(own)],
                    cwd=ROOT,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            programs.append(program)
        yield Clients(kind, programs)
        for program in programs:
            assert program.stdin is not None
            program.stdin.close()  # which ends it


def _tell(program: subprocess.Popen[str], line: str) -> None:
    assert program.stdin is not None
    program.stdin.write(f"{line}\n")
    program.stdin.flush()


def _hear(program: subprocess.Popen[str], wanted: str) -> None:
    assert program.stdout is not None
    heard = program.stdout.readline().strip()
    if heard != wanted:
        raise RuntimeError(f"a client said {heard!r} instead of {wanted!r}; its complaint is above")


def _ours(dsn: str, schema: str, folder: Path) -> None:
    with opened(folder, {"postgres": {"dsn": dsn, "schema": schema, "connections": 2}}) as oms:
        for prefix, orders in _asked():
            commands = [command(wish) for wish in wishes(orders, prefix=prefix)]
            _go_on_sign(lambda commands=commands: [oms.do(each) for each in commands])  # type: ignore[misc]


def _theirs(dsn: str, schema: str, folder: Path) -> None:
    with byhand_postgres.connected(dsn, schema) as connection:
        for prefix, orders in _asked():
            wanted = wishes(orders, prefix=prefix)
            _go_on_sign(lambda wanted=wanted: [byhand_postgres.place(connection, each) for each in wanted])  # type: ignore[misc]


def _asked() -> Iterator[tuple[str, int]]:
    for line in sys.stdin:
        prefix, orders = line.split()
        yield prefix, int(orders)


def _go_on_sign(work: Callable[[], object]) -> None:
    print("ready", flush=True)
    sys.stdin.readline()
    work()
    print("done", flush=True)


if __name__ == "__main__":
    {"ours": _ours, "theirs": _theirs}[sys.argv[1]](sys.argv[2], sys.argv[3], Path(sys.argv[4]))
