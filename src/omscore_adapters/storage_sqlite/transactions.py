"""One writer at a time: a commit alone in its transaction, or many in one with a savepoint around each."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from threading import RLock, get_ident
from typing import TypeVar

from omscore.errors import PortTransientError
from omscore_adapters.storage_sqlite import statements as sql
from omscore_adapters.storage_sqlite.connection import retry_busy
from omscore_adapters.storage_sqlite.failures import Failure, failure

T = TypeVar("T")


class Transactions:
    """The transactions of one connection, guarded by one lock that other threads wait for.

    Holds: after an exception nothing of the failed work is left; after an exception out of `together` nothing of the
    whole group is.
    """

    def __init__(self, connection: sqlite3.Connection, *, busy_timeout_ms: int) -> None:
        self.lock = RLock()
        self._connection = connection
        self._cursor = connection.cursor()
        self._beginning = partial(self._cursor.execute, sql.BEGIN)
        self._busy_timeout_ms = busy_timeout_ms
        self._group_thread: int | None = None
        self._after_group: list[Callable[[], object]] = []

    @property
    def is_grouping(self) -> bool:
        """True inside `together`, for the thread that asks."""
        return self._group_thread == get_ident()

    def run(self, work: Callable[[sqlite3.Cursor], T]) -> T:
        """What `work` gives, its writes durable on return (at the end of the group inside `together`)."""
        with self.lock:  # as long as a thread has a group, it has the lock
            return self._run_alone(work) if self._group_thread is None else self._run_in_group(work)

    def afterwards(self, step: Callable[[], object]) -> None:
        """Runs `step` outside any transaction: now, or once the group is durable."""
        with self.lock:
            if self.is_grouping:
                self._after_group.append(step)
            else:
                step()

    @contextmanager
    def together(self) -> Iterator[None]:
        """One transaction for every `run` inside; a block within a block joins it, and the outer end decides."""
        with self.lock:
            if self.is_grouping:
                yield
                return
            self._begin()
            self._group_thread, self._after_group = get_ident(), []
            try:
                yield
                self._check_group()
            except BaseException:
                self._group_thread = None
                self._roll_back()
                raise
            self._group_thread = None
            self._commit()
            for step in self._after_group:
                step()

    def _run_alone(self, work: Callable[[sqlite3.Cursor], T]) -> T:
        self._begin()
        try:
            result = work(self._cursor)
        except Failure as error:
            self._roll_back()
            raise failure(error) from error
        except BaseException:
            self._roll_back()
            raise
        self._commit()
        return result

    def _run_in_group(self, work: Callable[[sqlite3.Cursor], T]) -> T:
        self._check_group()
        try:
            self._cursor.execute(sql.SAVEPOINT)
            try:
                result = work(self._cursor)
            except BaseException:
                self._back_to_savepoint()
                raise
            self._cursor.execute(sql.RELEASE)
        except Failure as error:
            raise failure(error) from error
        return result

    def _back_to_savepoint(self) -> None:
        """Undoes one commit of a group; a full or failing disk makes the engine undo the whole group by itself."""
        try:
            if self._connection.in_transaction:
                self._cursor.execute(sql.BACK_TO_SAVEPOINT)
                self._cursor.execute(sql.RELEASE)
        except sqlite3.Error:
            self._roll_back()

    def _check_group(self) -> None:
        if not self._connection.in_transaction:
            raise PortTransientError("the engine gave this group up and none of its commits was made; make them again")

    def _begin(self) -> None:
        retry_busy(self._beginning, self._busy_timeout_ms)

    def _commit(self) -> None:
        try:
            self._cursor.execute(sql.COMMIT)
        except sqlite3.Error as error:
            self._roll_back()
            raise failure(error, committing=True) from error

    def _roll_back(self) -> None:
        with suppress(sqlite3.Error):  # nothing to undo when the engine has done it already
            if self._connection.in_transaction:
                self._cursor.execute(sql.ROLLBACK)
