"""Seals of single rows: what no log could give back shows at least that it was changed.

Answers, claims, tasks and documents each bear a seal over all their columns. It is drawn by a function of ours inside
the statements, so a row changed by anybody else no longer bears it. The seals of documents are in a table of their own,
because a document's row must never change its size (see the vault in the schema), and go when the document goes.
"""

from __future__ import annotations

import sqlite3
from hashlib import blake2b
from typing import Final

_UNSEALED: Final = blake2b(digest_size=8)

ANSWER: Final = "row_seal(command_key, fingerprint, answer, at)"
CLAIM: Final = "row_seal(name, stream)"
TASK: Final = "row_seal(task_id, kind, due_at, payload, attempt, revived, state, leased_until, note)"
DOCUMENT: Final = "row_seal(person_id, name, body)"

ADDED: Final = (
    "ALTER TABLE answers ADD COLUMN seal TEXT NOT NULL DEFAULT ''",
    f"UPDATE answers SET seal = {ANSWER}",  # noqa: S608 (columns named above)
    "ALTER TABLE claims ADD COLUMN seal TEXT NOT NULL DEFAULT ''",
    f"UPDATE claims SET seal = {CLAIM}",  # noqa: S608
    "ALTER TABLE task_queue ADD COLUMN seal TEXT NOT NULL DEFAULT ''",
    f"UPDATE task_queue SET seal = {TASK}",  # noqa: S608
    """
    CREATE TABLE vault_seals (
        id INTEGER PRIMARY KEY REFERENCES vault (id),
        seal TEXT NOT NULL
    ) STRICT
    """,
    f"INSERT INTO vault_seals (id, seal) SELECT id, {DOCUMENT} FROM vault WHERE live = 1",  # noqa: S608
)
"""The statements by which the rows of an older store get their seals."""

BROKEN: Final = (
    f"SELECT 'answer ' || command_key FROM answers WHERE seal <> {ANSWER} LIMIT 100",  # noqa: S608
    f"SELECT 'claim ' || name FROM claims WHERE seal <> {CLAIM} LIMIT 100",  # noqa: S608
    f"SELECT 'task ' || task_id FROM task_queue WHERE seal <> {TASK} LIMIT 100",  # noqa: S608
    f"""
    SELECT 'document ' || name || ' of ' || person_id FROM vault LEFT JOIN vault_seals USING (id)
    WHERE CASE live WHEN 1 THEN seal IS NOT {DOCUMENT} ELSE seal IS NOT NULL OR trim(body, ' ') <> '' END LIMIT 100
    """,  # noqa: S608
)
"""The rows of each table that do not bear their seal."""


def offer_seals(connection: sqlite3.Connection) -> None:
    """Makes `row_seal` known to the statements of a connection."""
    connection.create_function("row_seal", -1, row_seal, deterministic=True)


def row_seal(*columns: object) -> str:
    """16 hex digits over the columns of a row.

    >>> row_seal("reference:web:1001", "order/o1")
    '433a2c82466ce690'
    """
    try:
        text = "\n".join(columns)  # type: ignore[arg-type]  # texts alone, as most rows are
    except TypeError:
        text = "\n".join(["" if each is None else str(each) for each in columns])
    seal = _UNSEALED.copy()  # cheaper than a new one
    seal.update(text.encode("utf-8", "surrogatepass"))
    return seal.hexdigest()
