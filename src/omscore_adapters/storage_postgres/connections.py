"""A bounded number of connections to one database, each with every promise of durability read back when it is made."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from threading import Condition, local
from typing import Any, Final, NamedTuple, Protocol, TypeAlias

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus

from omscore.errors import OmsError, PortTransientError, SetupError
from omscore_adapters.storage_postgres import statements as sql
from omscore_adapters.storage_postgres.failures import failure, is_lost
from omscore_adapters.storage_postgres.settings import PostgresSettings

Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]

OLDEST_SERVER = 130000
WAIT_S = 30.0
"""How long a thread waits for one of the connections."""
PATIENCE: Final[dict[str, Any]] = {
    "application_name": "omscore",
    "connect_timeout": "10",
    "keepalives_idle": "15",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
"""How soon a server that has fallen silent counts as lost, unless the dsn says otherwise."""


class Link(NamedTuple):
    """One connection and who serves it: the server's process and when it began, which together never come twice."""

    connection: Connection
    pid: int
    since: str


class Links(Protocol):
    """Where a reader gets a connection from."""

    @property
    def group(self) -> Link | None:
        """The link whose transaction is open for this thread, if one is."""
        ...

    def one(self) -> AbstractContextManager[Link]: ...


class Pinned:
    """One link that has a transaction open for every reader."""

    def __init__(self, link: Link) -> None:
        self.group: Link | None = link
        self._link = link

    def one(self) -> AbstractContextManager[Link]:
        return nullcontext(self._link)


class Connections:
    """The connections of one store; a thread inside a group keeps the one its transaction is on.

    Raises: PortTransientError when none can be had, SetupError when the server does not keep the promises.
    """

    def __init__(self, settings: PostgresSettings) -> None:
        self._settings = settings
        self._free: list[Link] = []
        self._taken = 0
        self._changed = Condition()
        self._closed = False
        self._own = local()

    @property
    def group(self) -> Link | None:
        """The link of the group of commits that this thread has open."""
        link: Link | None = getattr(self._own, "link", None)
        return link

    @contextmanager
    def grouped(self) -> Iterator[Link]:
        """A link that every use by this thread gets until the end."""
        with self.one() as link:
            self._own.link = link
            try:
                yield link
            finally:
                self._own.link = None

    @contextmanager
    def one(self) -> Iterator[Link]:
        """A link for this thread alone; one that is broken or left in a transaction is closed afterwards."""
        link = self.group
        if link is not None:
            yield link
            return
        link = self._take()
        try:
            yield link
        finally:
            self._give_back(link)

    @contextmanager
    def another(self) -> Iterator[Link]:
        """A link outside any group, for an iterator's own snapshot."""
        link = self._take()
        try:
            yield link
        finally:
            self._give_back(link)

    def close(self) -> None:
        """Closes what is not in use now, and the rest as it comes back."""
        with self._changed:
            self._closed = True
            free, self._free = self._free, []
            self._changed.notify_all()
        for link in free:
            link.connection.close()

    def _take(self) -> Link:
        deadline_s = time.monotonic() + WAIT_S
        with self._changed:
            while True:
                if self._closed:
                    raise SetupError("this store is closed; open it again", code="storage.closed")
                if self._free:
                    self._taken += 1
                    return self._free.pop()
                if self._taken < self._settings.connections:
                    self._taken += 1
                    break
                if not self._changed.wait(deadline_s - time.monotonic()):
                    raise PortTransientError(
                        f"all {self._settings.connections} connections are in use; raise storage.postgres.connections "
                        "or try again"
                    )
        try:
            return connect(self._settings)
        except BaseException:
            self._forget_one()
            raise

    def _give_back(self, link: Link) -> None:
        usable = not link.connection.closed and link.connection.info.transaction_status is TransactionStatus.IDLE
        if not usable:
            self._forget_one(others=link.connection.closed)
            with suppress(psycopg.Error):
                link.connection.close()
            return
        with self._changed:
            self._taken -= 1
            if not self._closed:
                self._free.append(link)
                self._changed.notify()
                return
        link.connection.close()

    def _forget_one(self, *, others: bool = False) -> None:
        """One connection fewer; when it broke, the idle `others` are closed, for what broke it broke them as well."""
        with self._changed:
            self._taken -= 1
            idle, self._free = (self._free, []) if others else ([], self._free)
            self._changed.notify_all()
        for link in idle:
            link.connection.close()


def connect(settings: PostgresSettings) -> Link:
    """A connection that keeps the promises.

    Raises: SetupError for a dsn that leads nowhere or a server that does not keep them, PortTransientError for one that
    cannot be reached now.
    """
    try:
        connection: Connection = psycopg.connect(**(PATIENCE | conninfo_to_dict(settings.dsn)), autocommit=True)
    except psycopg.ProgrammingError as error:
        raise SetupError(
            "storage.postgres.dsn is no connection string; write one such as postgresql://user@host/database"
        ) from error
    except psycopg.OperationalError as error:
        raise _unreachable(error) from error
    try:
        connection.execute(
            sql.SESSION,
            {
                "schema": settings.schema,
                "lock": str(settings.lock_timeout_ms),
                "statement": str(settings.statement_timeout_ms),
                "read_only": "on" if settings.read_only else "off",
            },
        )
        if settings.synchronous == "off":
            connection.execute(sql.LOSE_COMMITS)
        _read_back(connection, settings)
        row = connection.execute(sql.BACKEND).fetchone()
        pid, since = row or (connection.info.backend_pid, "")
        return Link(connection, pid, since)
    except psycopg.Error as error:
        connection.close()
        raise failure(error) from error
    except BaseException:
        connection.close()
        raise


def _read_back(connection: Connection, settings: PostgresSettings) -> None:
    row = connection.execute(sql.SHOWN).fetchone()
    assert row is not None  # noqa: S101 (a query without FROM has one row)
    synchronous, search_path, version, encoding = row
    if version < OLDEST_SERVER:
        raise SetupError(
            f"storage.postgres.dsn leads to PostgreSQL {version // 10000}; "
            f"omscore needs {OLDEST_SERVER // 10000} or later"
        )
    if encoding != "UTF8":
        raise SetupError(f"storage.postgres.dsn leads to a database in {encoding}; create one with encoding UTF8")
    if settings.synchronous == "full" and synchronous == "off":
        raise SetupError(
            "storage.postgres: synchronous_commit is off, so a crash of the server could lose answered commits; "
            'turn it on for this user or database, or accept that with synchronous = "off"'
        )
    if search_path != settings.schema:
        raise SetupError(
            f"storage.postgres.schema: search_path is {search_path!r} but must be {settings.schema!r}; connect "
            "directly, not through a pooler that shares sessions"
        )


_FOR_GOOD: Final = ("authentication", "password", "does not exist", "resolve", "pg_hba.conf", "permission denied")
"""What is said of a connection that no waiting will bring about; the errors themselves bear no code."""


def _unreachable(error: psycopg.OperationalError) -> OmsError:
    says = str(error).partition("\n")[0]
    if is_lost(error) and not any(words in says for words in _FOR_GOOD):
        return PortTransientError(f"the database cannot be reached ({says}); try again, or check storage.postgres.dsn")
    return SetupError(f"storage.postgres.dsn leads nowhere ({says}); check host, database, user and password")
