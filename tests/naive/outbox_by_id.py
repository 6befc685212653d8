"""The outbox is read by `id > last`: a transaction that took its id early and commits late is never seen.

Ids are not given in the order of commits; saleor/saleor#17086 tells of tasks that ran before what they were about
could be seen.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import attrs
import psycopg

from omscore.ports.storage import Commit, Storage, Task
from tests.naive.through import Through

_TABLE = "CREATE TABLE IF NOT EXISTS outbox (id bigserial PRIMARY KEY, task_id text NOT NULL)"
_NEXT = "SELECT id, task_id FROM outbox WHERE id > %s ORDER BY id LIMIT %s"


class OutboxById(Through):
    """A queue of its own beside the store's."""

    def __init__(self, store: Storage) -> None:
        super().__init__(store)
        settings = self._store._settings
        self._own: Any = psycopg.connect(settings.dsn, options=f"-c search_path={settings.schema}")
        self._last = 0
        with self._own.transaction():
            self._own.execute("SELECT pg_advisory_xact_lock(1)")
            self._own.execute(_TABLE)

    def commit(self, commit: Commit) -> str:
        with self._own.transaction():
            for task in commit.tasks:
                self._own.execute("INSERT INTO outbox (task_id) VALUES (%s)", (task.task_id,))
            return super().commit(attrs.evolve(commit, tasks=(), settlements=()))

    def lease(self, *, now: datetime, until: datetime, limit: int) -> tuple[Task, ...]:
        with self._own.transaction():
            rows = self._own.execute(_NEXT, (self._last, limit)).fetchall()
        self._last = rows[-1][0] if rows else self._last
        return tuple(Task(task_id, "mail", now, "{}", 1, "leased", "") for _, task_id in rows)

    def close(self) -> None:
        self._own.close()
        self._store.close()
