"""Placing orders with the standard library's `sqlite3`, written by hand: alone, and a batch with `executemany`."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.byhand import Rows, fingerprint_of, key_of, rows_of
from tests.benchmarks.shop import Wish

ANSWERED = "SELECT fingerprint, answer FROM answers WHERE command_key = ?"
IN_LYON = "SELECT sku, sellable FROM stock_levels WHERE sku IN (?, ?) AND location = 'LYS' AND pool = 'general'"
ALL_IN_LYON = "SELECT sku, sellable FROM stock_levels WHERE location = 'LYS' AND pool = 'general'"
ANSWER = "INSERT INTO answers (command_key, fingerprint, answer, at, seal) VALUES (?, ?, ?, ?, ?)"
STREAM = "INSERT INTO streams (stream, version, state, chain) VALUES (?, ?, ?, ?)"
EVENT = "INSERT INTO events (stream, version, name, at, body, chain) VALUES (?, ?, ?, ?, ?, ?)"
ENTRY = "INSERT INTO index_entries (name, key, sort, stream) VALUES (?, ?, ?, ?)"
CLAIM = "INSERT INTO claims (name, stream, seal) VALUES (?, ?, ?)"
TASK = "INSERT INTO task_queue (task_id, kind, due_at, payload, seal) VALUES (?, ?, ?, ?, ?)"
TAKE = """
    UPDATE stock_levels SET sellable = sellable - ?, allocated = allocated + ?
    WHERE sku = ? AND location = 'MUC' AND pool = 'general' AND sellable >= ?
"""


def connected(path: Path, *, synchronous: str) -> sqlite3.Connection:
    """A connection with the settings of the library's own."""
    connection = sqlite3.connect(path, isolation_level=None, cached_statements=256)
    for pragma in (
        "journal_mode = WAL",
        f"synchronous = {synchronous}",
        "foreign_keys = ON",
        "secure_delete = ON",
        "temp_store = MEMORY",
        "cache_size = -65536",
        "wal_autocheckpoint = 4000",
        "busy_timeout = 5000",
    ):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    return connection


def place(connection: sqlite3.Connection, wish: Wish) -> str:
    """The answer of one order, durable in a transaction of its own."""
    fingerprint = fingerprint_of(wish)
    connection.execute("BEGIN IMMEDIATE")
    try:
        known = connection.execute(ANSWERED, (key_of(wish),)).fetchone()
        if known is not None:
            connection.execute("ROLLBACK")
            return _same(known, fingerprint)
        skus = (wish.lines[0].sku, wish.lines[-1].sku)
        rows = rows_of(wish, fingerprint, dict(connection.execute(IN_LYON, skus).fetchall()))
        connection.execute(ANSWER, rows.answer)
        connection.executemany(STREAM, rows.streams)
        connection.executemany(EVENT, rows.events)
        connection.executemany(ENTRY, rows.entries)
        connection.execute(CLAIM, rows.claim)
        connection.executemany(TASK, rows.tasks)
        for units, sku in rows.stock:
            if connection.execute(TAKE, (units, units, sku, units)).rowcount != 1:
                raise LookupError(f"not enough of {sku}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return rows.answer[2]


def place_batch(connection: sqlite3.Connection, batch: Sequence[Wish]) -> list[str]:
    """The answers of many orders in one transaction, one `executemany` per table."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        known = [connection.execute(ANSWERED, (key_of(wish),)).fetchone() for wish in batch]
        in_lyon = dict(connection.execute(ALL_IN_LYON).fetchall())
        orders: list[Rows] = []
        answers = []
        for wish, stored in zip(batch, known, strict=True):
            fingerprint = fingerprint_of(wish)
            if stored is not None:
                answers.append(_same(stored, fingerprint))
                continue
            orders.append(rows_of(wish, fingerprint, in_lyon))
            answers.append(orders[-1].answer[2])
        connection.executemany(ANSWER, [rows.answer for rows in orders])
        connection.executemany(STREAM, [row for rows in orders for row in rows.streams])
        connection.executemany(EVENT, [row for rows in orders for row in rows.events])
        connection.executemany(ENTRY, [row for rows in orders for row in rows.entries])
        connection.executemany(CLAIM, [rows.claim for rows in orders])
        connection.executemany(TASK, [row for rows in orders for row in rows.tasks])
        takes = [(units, units, sku, units) for rows in orders for units, sku in rows.stock]
        if connection.executemany(TAKE, takes).rowcount != len(takes):
            raise LookupError("not enough stock for the whole batch")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return answers


def _same(known: tuple[str, str], fingerprint: str) -> str:
    if known[0] != fingerprint:
        raise ValueError("this key was used for another wish")
    return known[1]
