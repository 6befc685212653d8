"""Placing orders with psycopg, written by hand: one statement per round trip, in one transaction per order."""

from __future__ import annotations

from typing import Any, TypeAlias

import psycopg

from tests.benchmarks.byhand import fingerprint_of, key_of, rows_of
from tests.benchmarks.shop import Wish

Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]

ANSWERED = "SELECT fingerprint, answer FROM answers WHERE command_key = %s"
LOCK = """
    SELECT sellable FROM stock_levels WHERE sku = %s AND location = 'MUC' AND pool = 'general' FOR UPDATE
"""
IN_LYON = "SELECT sku, sellable FROM stock_levels WHERE sku = ANY (%s) AND location = 'LYS' AND pool = 'general'"
ANSWER = "INSERT INTO answers (command_key, fingerprint, answer, at) VALUES (%s, %s, %s, %s)"
STREAM = "INSERT INTO streams (stream, version, state, chain) VALUES (%s, %s, %s, %s)"
EVENT = "INSERT INTO events (stream, version, name, at, body, chain) VALUES (%s, %s, %s, %s, %s, %s)"
ENTRY = "INSERT INTO index_entries (name, key, sort, stream) VALUES (%s, %s, %s, %s)"
CLAIM = "INSERT INTO claims (name, stream) VALUES (%s, %s)"
TASK = "INSERT INTO task_queue (task_id, kind, due_at, payload) VALUES (%s, %s, %s, %s)"
TAKE = """
    UPDATE stock_levels SET sellable = sellable - %s, allocated = allocated + %s
    WHERE sku = %s AND location = 'MUC' AND pool = 'general' AND sellable >= %s
"""


def connected(dsn: str, schema: str) -> Connection:
    """A connection to one schema, durable as the server's default is."""
    connection = psycopg.connect(dsn)
    connection.execute("SELECT set_config('search_path', %s, false)", [schema])
    connection.commit()
    return connection


def place(connection: Connection, wish: Wish, *, lock_first: bool = False) -> str:
    """The answer of one order. With `lock_first` its stock rows are locked before anything else, in key order."""
    fingerprint = fingerprint_of(wish)
    with connection.transaction():
        known = connection.execute(ANSWERED, [key_of(wish)]).fetchone()
        if known is not None:
            if known[0] != fingerprint:
                raise ValueError("this key was used for another wish")
            return str(known[1])
        if lock_first:
            for line in sorted(wish.lines):
                level = connection.execute(LOCK, [line.sku]).fetchone()
                if level is None or level[0] < line.units:
                    raise LookupError(f"not enough of {line.sku}")
        skus = [line.sku for line in wish.lines]
        rows = rows_of(wish, fingerprint, dict(connection.execute(IN_LYON, [skus]).fetchall()))
        connection.execute(ANSWER, rows.answer[:-1])  # the rows of this store bear no seal
        for stream in rows.streams:
            connection.execute(STREAM, stream)
        for event in rows.events:
            connection.execute(EVENT, event)
        for entry in rows.entries:
            connection.execute(ENTRY, entry)
        connection.execute(CLAIM, rows.claim[:-1])
        for task in rows.tasks:
            connection.execute(TASK, task[:-1])
        for units, sku in rows.stock:
            if connection.execute(TAKE, [units, units, sku, units]).rowcount != 1:
                raise LookupError(f"not enough of {sku}")
    return rows.answer[2]
