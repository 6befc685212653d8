"""`omscore work`: workers that run a shop's tasks as they fall due, until they are told to stop."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from omscore.cli.stopping import Stop
from omscore.cli.tables import console, counted, shown
from omscore.cli.working import Told, Work, Worker, work_in_process
from omscore.engine.ran import Ran
from omscore.errors import SetupError
from omscore.policy.loading import load_shop

REPORT_EVERY_S = 10.0
_AGAIN_AFTER_S = 1.0


@click.command()
@click.argument("config", type=click.Path(path_type=Path, dir_okay=False), metavar="CONFIG")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes to work with.")
@click.option("--once", is_flag=True, help="End when nothing is due any more.")
@click.option(
    "--poll-s",
    type=click.FloatRange(0.01, 3_600),
    default=5.0,
    show_default=True,
    help="The longest sleep between two looks for work, in seconds.",
)
def work(config: Path, workers: int, once: bool, poll_s: float) -> None:
    """Run the tasks of a shop as they fall due: payments, labels, tracking, messages, books.

    CONFIG is the shop's shop.toml. SIGTERM and SIGINT (Ctrl-C) end it after the task in progress. While the database
    is out of reach it waits; it ends with exit code 2 when the shop cannot be opened as configured.
    """
    report = _Report(console())
    stop = Stop()
    stop.on_signals()
    asked = Work(config, once, poll_s)
    shop = load_shop(config)  # what is wrong with it is said before anything is said to be at work
    if "memory" in shop.storage:
        raise SetupError(
            f"{config}: a store in memory ends with its program, so there is nothing a worker could find in it; call "
            "run_due in that program, or keep the shop in storage.sqlite or storage.postgres"
        )
    report.begin(workers)
    try:
        if workers == 1:
            Worker(asked, 1, stop, report.hear).run()
        else:
            _Crew(asked, workers, stop, report.hear).run()
    finally:
        stop.close()
    report.end()
    if report.refused:
        raise SetupError(report.refused)


class _Report:
    """Prints what the workers tell: troubles at once, figures now and then, the sum at the end."""

    def __init__(self, out: Console) -> None:
        self.refused = ""
        self._out = out
        self._sum = self._since = Ran()
        self._said_at = time.monotonic()

    def begin(self, workers: int) -> None:
        self._say(f"{counted(workers, 'worker')} at work")

    def hear(self, told: Told) -> None:
        self._sum += told.ran
        self._since += told.ran
        if told.is_refused:
            self.refused = told.trouble
        elif told.trouble:
            self._say(f"worker {told.worker} waits: {told.trouble}")
        if self._since.total and time.monotonic() - self._said_at >= REPORT_EVERY_S:
            self._say(_figures(self._since))
            self._since, self._said_at = Ran(), time.monotonic()

    def end(self) -> None:
        self._say(f"ended; {_figures(self._sum)}")

    def _say(self, text: str) -> None:
        self._out.print(f"{datetime.now(UTC):%H:%M:%S} {shown(text)}", soft_wrap=True)


def _figures(ran: Ran) -> str:
    left_alone = f", {ran.left_alone} not tried while their adapter is left alone" if ran.left_alone else ""
    return f"{counted(ran.done, 'task')} done, {ran.retried} to be tried again{left_alone}, {ran.dead} given up"


class _Crew:
    """Several worker processes; one that dies is replaced, because its tasks are somebody else's after 30 seconds."""

    def __init__(self, work: Work, workers: int, stop: Stop, hear: Callable[[Told], object]) -> None:
        self._work = work
        self._workers = workers
        self._stop = stop
        self._hear = hear
        self._spawn = get_context("spawn")
        self._at_work: dict[Connection, tuple[int, Any]] = {}
        self._is_ending = False

    def run(self) -> None:
        """Until all have ended by themselves or were told to."""
        for number in range(1, self._workers + 1):
            self._start(number)
        while self._at_work:
            ready = wait([*self._at_work, *([] if self._is_ending else [self._stop.fileno()])])
            for each in ready:
                if isinstance(each, Connection):
                    self._listen(each)
            if self._stop.is_set() and not self._is_ending:
                self._end_all()

    def _start(self, number: int) -> None:
        ours, theirs = self._spawn.Pipe(duplex=False)
        process = self._spawn.Process(
            target=work_in_process, args=(self._work, number, theirs, os.getpid()), name=f"omscore-worker-{number}"
        )
        process.start()
        theirs.close()
        self._at_work[ours] = (number, process)

    def _listen(self, pipe: Connection) -> None:
        number, process = self._at_work[pipe]
        try:
            told: Told = pipe.recv()
        except EOFError:
            code = _ended(process)
            self._leave(pipe)
            if not self._is_ending:
                self._hear(Told(number, trouble=f"it died (exit code {code}), another takes its place"))
                if not self._stop.wait(_AGAIN_AFTER_S):
                    self._start(number)
            return
        self._hear(told)
        if told.is_final:
            self._leave(pipe)
            _ended(process)
        if told.is_refused:
            self._end_all()

    def _leave(self, pipe: Connection) -> None:
        del self._at_work[pipe]
        pipe.close()

    def _end_all(self) -> None:
        self._is_ending = True
        for _, process in self._at_work.values():
            process.terminate()


def _ended(process: Any) -> int | None:
    process.join()
    code: int | None = process.exitcode
    process.close()
    return code
