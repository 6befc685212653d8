"""Keeps the program that renders, asks it one question at a time, and ends it when an answer takes too long."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from queue import Empty, Queue
from threading import Lock, Thread
from typing import Any, Final

from omscore.errors import PortRefusedError, PortTransientError

_WAIT_S: Final = 20.0 if hasattr(signal, "setitimer") else 2.0
"""How long an answer is waited for; where the system counts the work (`worker.MOST_S`) a busy machine may be slow."""

_START_S: Final = 20.0
_PROGRAM: Final = Path(__file__).with_name("worker.py")
_LONGEST: Final = 4 * 1024 * 1024
"""Characters of the longest answer: three texts at the cap, escaped as JSON."""


class Renderer:
    """A program of its own for templates; it starts with the first letter and is shared by threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process: subprocess.Popen[str] | None = None
        self._heard: Queue[str] = Queue()

    def answer(self, question: Mapping[str, Any]) -> Mapping[str, str]:
        """What the program answers.

        Raises: PortRefusedError when a template takes more than a second of work or more memory than there is for it;
        PortTransientError when the program does not answer, or cannot be started.
        """
        with self._lock:
            process, heard = self._started()
            try:
                if process.stdin is not None:
                    process.stdin.write(json.dumps(question) + "\n")
                    process.stdin.flush()
                line = heard.get(timeout=_WAIT_S)
            except (Empty, OSError) as error:
                self._end()
                raise PortTransientError(
                    "the program that writes letters does not answer; it is started anew and asked again",
                    code="port.transient.letters",
                ) from error
            if not line.endswith("\n"):
                self._end()
                raise PortRefusedError(
                    f"{question['text']} or its HTML takes more than a second or too much memory; make it simpler",
                    code="port.refused.template",
                )
            told: Mapping[str, str] = json.loads(line)
            return told

    def close(self) -> None:
        """Ends the program."""
        with self._lock:
            self._end()

    def _started(self) -> tuple[subprocess.Popen[str], Queue[str]]:
        if self._process is not None and self._process.poll() is None:
            return self._process, self._heard
        self._end()
        # Nothing of the shop's environment is passed on: it may hold its passwords.
        kept = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
        paths = os.pathsep.join(filter(None, sys.path))
        try:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter and file
                [sys.executable, "-P", str(_PROGRAM)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                encoding="ascii",
                env={**kept, "PYTHONPATH": paths},
            )
        except OSError as error:
            raise PortTransientError(
                f"the program that writes letters cannot be started ({error.strerror}); it is tried again",
                code="port.transient.letters",
            ) from error
        self._process, self._heard = process, Queue()
        Thread(target=_listen, args=(process, self._heard), daemon=True).start()
        try:
            ready = self._heard.get(timeout=_START_S)
        except Empty:
            ready = ""
        if ready != "ready\n":
            self._end()
            raise PortTransientError(
                "the program that writes letters does not start; see whether Jinja2 can be imported",
                code="port.transient.letters",
            )
        return process, self._heard

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            if process.stdin is not None:
                with suppress(OSError):  # what was not read by then is of no use
                    process.stdin.close()
            process.wait()


def _listen(process: subprocess.Popen[str], heard: Queue[str]) -> None:
    """Every line the program says, and an empty one at its end."""
    if process.stdout is not None:
        with process.stdout as lines:
            while line := lines.readline(_LONGEST):
                heard.put(line)
    heard.put("")
