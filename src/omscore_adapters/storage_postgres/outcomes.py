"""What became of a commit whose answer was lost with the connection.

A server process that still has the commit may make it at any later time. So that process is ended first; then the
command key tells for good.
"""

from __future__ import annotations

import time
from contextlib import suppress

import psycopg

from omscore.errors import OmsError, PortTransientError, PortUnknownError
from omscore_adapters.storage_postgres import statements as sql
from omscore_adapters.storage_postgres.connections import Connections, Link

LOOK_UP_S = 30.0
"""How long an open outcome is looked up before it stays unknown."""


class LostError(Exception):
    """The connection broke while a commit was on its way."""

    def __init__(self, link: Link, cause: BaseException) -> None:
        super().__init__(str(cause))
        self.link = link


def outcome(connections: Connections, lost: LostError, command_key: str) -> tuple[str, str] | None:
    """Fingerprint and answer if the commit was made; None if it was not and never will be.

    Raises: PortUnknownError when that cannot be told within the time.
    """
    with suppress(psycopg.Error):
        lost.link.connection.close()
    deadline_s = time.monotonic() + LOOK_UP_S
    pause_s = 0.005
    while time.monotonic() < deadline_s:
        with suppress(OmsError, psycopg.Error), connections.another() as link:  # the server may just be starting again
            ended = not link.connection.execute(sql.END_OF_BACKEND, (lost.link.pid, lost.link.since)).fetchall()
            row = link.connection.execute(sql.ANSWER, (command_key,)).fetchone()
            if row is not None:
                return row[0], row[1]
            if ended:
                return None
        time.sleep(pause_s)
        pause_s = min(pause_s * 2, 0.5)
    raise unknown() from lost


def group_not_made() -> PortTransientError:
    return PortTransientError("the connection was lost and none of this group was made; make them again")


def unknown() -> PortUnknownError:
    return PortUnknownError("the commit may or may not have been made; look its command key up")
