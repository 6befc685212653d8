"""A checkpoint as statements: one transaction that reads the heads of the streams changed since the last one."""

from __future__ import annotations

from datetime import datetime

from omscore.ports.storage import Checkpoint, CheckpointSeal, Head
from omscore_adapters.storage_common import utc
from omscore_adapters.storage_postgres import reading
from omscore_adapters.storage_postgres import statements as sql
from omscore_adapters.storage_postgres.connections import Connection
from omscore_adapters.storage_postgres.writing import moment_text


def take_checkpoint(connection: Connection, at: datetime) -> Checkpoint:
    """The new checkpoint, or the last one when no stream changed since.

    Holds: a stream has changed when its version is none that a checkpoint has sealed, so commits need not be numbered.
    """
    with connection.transaction():
        connection.execute(sql.ONE_CHECKPOINT)  # commits do not touch this table, so none of them waits
        row = connection.execute(sql.LAST_CHECKPOINT).fetchone()
        last = None if row is None else reading.checkpoint(*row)
        number = 1 if last is None else last.number + 1
        heads = [Head(number, *row) for row in connection.execute(sql.CHANGED_HEADS)]
        if last is not None and not heads:
            return last
        ((answers, claims),) = connection.execute(sql.SEALED_COUNTS).fetchall()
        seal = CheckpointSeal(
            previous="" if last is None else last.digest, number=number, at=utc(at), answers=answers, claims=claims
        )
        for head in heads:
            seal.add(head)
        made = Checkpoint(number, utc(at), seal.heads, answers, claims, seal.digest())
        connection.execute(sql.NEW_CHECKPOINT, (number, moment_text(at), *made[2:]))
        with connection.cursor() as cursor:
            cursor.executemany(sql.NEW_HEAD, heads)
        return made
