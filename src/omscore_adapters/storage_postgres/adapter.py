"""The storage port over one schema of a PostgreSQL database, for many threads, processes and machines at once.

One commit is one call of a function inside the server, and commits of threads that wait are made in one call; nothing
is read first and checked later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import datetime

import psycopg

from omscore.errors import OmsError, SetupError
from omscore.ids import PersonId
from omscore.ports.repairs import Cure
from omscore.ports.storage import Checkpoint, Commit, StorageReading, Task
from omscore_adapters.storage_combiner import Combiner
from omscore_adapters.storage_common import checked_text
from omscore_adapters.storage_postgres import reading
from omscore_adapters.storage_postgres import statements as sql
from omscore_adapters.storage_postgres.checkpoints import take_checkpoint
from omscore_adapters.storage_postgres.committing import Committing
from omscore_adapters.storage_postgres.connections import Connections, Pinned
from omscore_adapters.storage_postgres.failures import failure
from omscore_adapters.storage_postgres.lookup import PostgresLookup
from omscore_adapters.storage_postgres.mending import mend
from omscore_adapters.storage_postgres.migrations import SCHEMA_VERSION, migrate, version_of
from omscore_adapters.storage_postgres.settings import PostgresSettings
from omscore_adapters.storage_postgres.writing import moment_text


class PostgresStorage(PostgresLookup):
    """A store in one schema; see `omscore.ports.storage.Storage` for what each method promises.

    Raises: besides the port's errors SetupError when the database does not allow what is asked, ConflictError when
    others hold its rows longer than the lock timeout, PortTransientError when the server is out of reach, and
    PortUnknownError when the answer of a commit was lost and could not be looked up.
    """

    def __init__(self, settings: PostgresSettings) -> None:
        self._settings = settings
        self._connections = Connections(settings)
        super().__init__(self._connections, settings.schema)
        self._committing = Committing(self._connections)
        self._combiner = Combiner(one=self._committing.alone, many=self._committing.many)
        try:
            self._bring_up_to_date()
        except BaseException:
            self._connections.close()
            raise

    def commit(self, commit: Commit) -> str:
        if self._connections.group is None:
            return self._combiner.commit(commit)
        (result,) = self._committing.many((commit,))
        if isinstance(result, OmsError):
            raise result
        return result

    def commit_many(self, commits: Sequence[Commit]) -> tuple[str | OmsError, ...]:
        return self._committing.many(commits)

    def together(self) -> AbstractContextManager[None]:
        return self._committing.together()

    def lease(self, *, now: datetime, until: datetime, limit: int) -> tuple[Task, ...]:
        bounds = {"now": moment_text(now), "until": moment_text(until), "limit": max(limit, 0)}
        leased = [reading.task(*row) for row in self._asked(sql.LEASE, bounds)]
        return tuple(sorted(leased, key=lambda task: (task.due_at, task.task_id)))

    def extend(self, task_id: str, attempt: int, *, until: datetime) -> bool:
        return bool(self._rows(sql.EXTEND, moment_text(until), task_id, attempt))

    def revive(self, task_id: str, *, due_at: datetime) -> bool:
        return bool(self._rows(sql.REVIVE, moment_text(due_at), task_id))

    def drop(self, task_id: str, *, note: str) -> bool:
        return bool(self._rows(sql.DROP, checked_text(note), task_id))

    def vault_erase(self, person_id: PersonId) -> int:
        """The number of documents removed from the table; copies in the server's log and in backups age out there."""
        removed = len(self._rows(sql.VAULT_ERASE, person_id))
        self._committing.afterwards(self._sweep_vault)
        return removed

    def _sweep_vault(self) -> None:
        with suppress(OmsError):  # they are gone all the same; the server sweeps by itself later
            self._rows(sql.VAULT_SWEEP)

    def checkpoint(self, at: datetime) -> Checkpoint:
        with self._connections.one() as link:
            try:
                return take_checkpoint(link.connection, at)
            except psycopg.Error as error:
                raise failure(error) from error

    def mend(self, cures: Sequence[Cure]) -> None:
        with self._connections.one() as link:
            try:
                mend(link.connection, cures)
            except psycopg.Error as error:
                raise failure(error) from error

    def health(self) -> Mapping[str, str]:
        return dict(self._rows(sql.HEALTH))

    def keep_health(self, adapter: str, merge: Callable[[str | None], str]) -> None:
        with self._connections.one() as link:
            try:
                with link.connection.transaction():
                    link.connection.execute(sql.FIRST_HEALTH, (adapter,))
                    ((text,),) = link.connection.execute(sql.HEALTH_OF, (adapter,)).fetchall()
                    link.connection.execute(sql.KEEP_HEALTH, (checked_text(merge(text)), adapter))
            except psycopg.Error as error:
                raise failure(error) from error

    @contextmanager
    def snapshot(self) -> Iterator[StorageReading]:
        """Read over a connection of its own, which sees one moment for as long as it is used."""
        with self._connections.another() as link:
            try:
                link.connection.execute(sql.SNAPSHOT)
                link.connection.execute(sql.FIRST_LOOK)
            except psycopg.Error as error:
                raise failure(error) from error
            try:
                yield PostgresLookup(Pinned(link), self._settings.schema)
            finally:
                with suppress(psycopg.Error):
                    link.connection.rollback()

    def close(self) -> None:
        self._connections.close()

    def _bring_up_to_date(self) -> None:
        schema = self._settings.schema
        with self._connections.one() as link:
            try:
                version = version_of(link.connection, schema)
                if version != SCHEMA_VERSION and not self._settings.read_only:
                    migrate(link.connection, schema)
                    version = version_of(link.connection, schema)
            except psycopg.Error as error:
                raise failure(error) from error
        if version != SCHEMA_VERSION:
            cure = (
                "bring it up to date with `omscore migrate`, or open it once without read_only"
                if version is not None and version < SCHEMA_VERSION
                else "use the omscore it was written by or a newer one, or name another schema"
            )
            raise SetupError(
                f"storage.postgres.schema {schema} has schema version {version}, this omscore knows {SCHEMA_VERSION}; "
                f"{cure}"
            )
