"""A checkpoint as statements: one transaction that reads the heads of the streams changed since the last one.

A long past is sealed in several checkpoints, each over so many events that nobody waits long for the write lock.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime

from omscore.ports.storage import Checkpoint, CheckpointSeal, Head
from omscore_adapters.storage_common import utc
from omscore_adapters.storage_sqlite import statements as sql
from omscore_adapters.storage_sqlite.writing import moment_of, moment_text

MOST_EVENTS = 50_000
"""How many events one checkpoint covers at most."""


def take_checkpoint(cursor: sqlite3.Cursor, at: datetime) -> tuple[Checkpoint, bool]:
    """The new checkpoint, or the last one when nothing was recorded since; and whether it covers everything.

    Holds: events get their `seq` under the write lock, so those after the last checkpoint's are all that came since.
    """
    row = cursor.execute(sql.LAST_CHECKPOINT).fetchone()
    last = None if row is None else Checkpoint(row[0], moment_of(row[1]), *row[2:6])
    seen = 0 if row is None else row[6]
    ((seq,),) = cursor.execute(sql.LAST_SEQ).fetchall()
    if last is not None and seq == seen:
        return last, True
    until = min(seq, seen + MOST_EVENTS)
    number = 1 if last is None else last.number + 1
    ((answers, claims),) = cursor.execute(sql.SEALED_COUNTS).fetchall()
    seal = CheckpointSeal(
        previous="" if last is None else last.digest, number=number, at=utc(at), answers=answers, claims=claims
    )
    heads = [Head(number, *row) for row in cursor.execute(sql.CHANGED_HEADS, (seen, until))]
    for head in heads:
        seal.add(head)
    made = Checkpoint(number, utc(at), seal.heads, answers, claims, seal.digest())
    cursor.execute(sql.NEW_CHECKPOINT, (number, moment_text(at), *made[2:], until))
    cursor.executemany(sql.NEW_HEAD, heads)
    return made, until == seq
