"""Several programs on one shop, all told to do something at the same moment."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import attrs

from omscore.errors import OmsError
from tests.crash.arena import Arena, Place

Work = Callable[[Any, Any], Any]
"""What a worker does with its store or shop and a question; what it raises as OmsError is its answer's code."""

Opened = Callable[[Place], AbstractContextManager[Any]]


@attrs.frozen
class Worker:
    """One program: questions go in, answers come out, one JSON line each."""

    pid: int
    questions: int
    answers: Any


class Crew:
    """The workers of one shop."""

    def __init__(self, workers: Sequence[Worker]) -> None:
        self._workers = workers

    def ask_all(self, question: Any) -> list[Any]:
        """Everybody's answer to the same question, asked at once."""
        return self.ask([question] * len(self._workers))

    def ask(self, questions: Sequence[Any]) -> list[Any]:
        """Each worker's answer to its own question, all asked at once."""
        for worker, question in zip(self._workers, questions, strict=True):
            os.write(worker.questions, json.dumps(question).encode() + b"\n")
        return [json.loads(worker.answers.readline()) for worker in self._workers]


@contextmanager
def crew(arena: Arena, place: Place, size: int, work: Work, *, opened: Opened | None = None) -> Iterator[Crew]:
    """That many programs with the store opened (or whatever `opened` opens), ended at the end."""
    workers: list[Worker] = []
    try:
        for _ in range(size):
            workers.append(_hired(opened or arena.stored, place, work, workers))
        yield Crew(workers)
    finally:
        for worker in workers:
            os.close(worker.questions)
            worker.answers.close()
            os.waitpid(worker.pid, 0)


def _hired(opened: Opened, place: Place, work: Work, earlier: Sequence[Worker]) -> Worker:
    in_reading, in_writing = os.pipe()
    out_reading, out_writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            for other in earlier:  # or they would never hear that the questions have ended
                os.close(other.questions)
            os.close(in_writing)
            os.close(out_reading)
            with opened(place) as shop, os.fdopen(in_reading, "rb") as questions:
                for line in iter(questions.readline, b""):
                    try:
                        answer = work(shop, json.loads(line))
                    except OmsError as error:
                        answer = {"refused": error.code}
                    except Exception as error:
                        answer = {"failed": repr(error)}
                    os.write(out_writing, json.dumps(answer).encode() + b"\n")
        finally:
            os._exit(0)
    os.close(in_reading)
    os.close(out_writing)
    return Worker(pid, in_writing, os.fdopen(out_reading, "rb"))


def failed(answers: Sequence[Any]) -> list[str]:
    """What went wrong in a way nobody promised."""
    return [f"failed: {answer['failed']}" for answer in answers if isinstance(answer, dict) and "failed" in answer]
