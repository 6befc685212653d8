"""A commit is answered before it is durable; several are written together a little later.

What a store does that is told not to wait for its disk.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from omscore.ports.storage import Commit, Storage
from tests.naive.through import Through

TOGETHER = 5


class EarlyAnswer(Through):
    """Answers now and writes at every fifth commit."""

    def __init__(self, store: Storage) -> None:
        super().__init__(store)
        self._waiting = 0
        self._group: AbstractContextManager[Any] | None = None

    def commit(self, commit: Commit) -> str:
        if self._group is None:
            group = self._store.together()
            group.__enter__()
            self._group = group
        answer = super().commit(commit)
        self._waiting += 1
        if self._waiting == TOGETHER:
            self._write()
        return answer

    def close(self) -> None:
        self._write()
        self._store.close()

    def _write(self) -> None:
        group, self._group, self._waiting = self._group, None, 0
        if group is not None:
            group.__exit__(None, None, None)
