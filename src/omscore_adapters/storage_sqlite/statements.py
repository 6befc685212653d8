"""Every statement the adapter sends, whole and fixed, so that each is compiled once and none is glued from input.

The reading statements of the log and the audits fetch texts as bytes: a row that is not UTF-8 can then be named.
"""

from __future__ import annotations

from functools import cache

BEGIN = "BEGIN IMMEDIATE"
COMMIT = "COMMIT"
ROLLBACK = "ROLLBACK"
SAVEPOINT = "SAVEPOINT one_commit"
BACK_TO_SAVEPOINT = "ROLLBACK TO one_commit"
RELEASE = "RELEASE one_commit"

# Many rows by their keys in one statement, in half the time of one statement each: made for 1 to MOST_KEYS keys.
MOST_KEYS = 8

# One small SELECT for each key is planned as one look into an index; a list of keys would be a table of its own first.
_STREAM = """
    SELECT stream, NULL, CASE WHEN version <> ? THEN state END, version, NULL, NULL, NULL, NULL, NULL, NULL
    FROM streams WHERE stream = ?
"""
_LEVELS = """
    SELECT sku, location, pool, sellable, reserved, allocated, picked, held, damaged, expected
    FROM stock_levels WHERE sku = ?
"""
_DOCUMENT = """
    SELECT person_id, name, body, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM vault WHERE person_id = ? AND name = ? AND live = 1
"""


@cache
def glance(streams: int, skus: int, documents: int) -> str:
    """The statement that looks for so many streams, SKUs and personal documents at once, up to MOST_KEYS of each.

    Shape: rows as `omscore_adapters.storage_common.glanced` reads them; a stream is asked for by the version known and
    its name.
    """
    return " UNION ALL ".join([_STREAM] * streams + [_LEVELS] * skus + [_DOCUMENT] * documents)


# streams and events
LOAD = tuple(
    " UNION ALL ".join(
        ["SELECT stream, version, CASE WHEN version <> ? THEN state END FROM streams WHERE stream = ?"] * keys
    )
    for keys in range(MOST_KEYS + 1)
)
HEAD = "SELECT id, version, chain FROM streams WHERE stream = ?"
NEW_STREAM = "INSERT INTO streams (stream, version, state, chain) VALUES (?, ?, ?, ?)"
NEXT_STATE = "UPDATE streams SET version = ?, state = ?, chain = ? WHERE id = ?"
EVENT = "INSERT INTO events (stream, version, name, at, body, chain) VALUES (?, ?, ?, ?, ?, ?)"
ALL_EVENTS = """
    SELECT seq, CAST(stream AS BLOB), version, CAST(name AS BLOB), CAST(at AS BLOB), CAST(body AS BLOB),
        CAST(chain AS BLOB)
    FROM events ORDER BY seq
"""
STREAM_EVENTS = """
    SELECT seq, CAST(stream AS BLOB), version, CAST(name AS BLOB), CAST(at AS BLOB), CAST(body AS BLOB),
        CAST(chain AS BLOB)
    FROM events WHERE stream = ? ORDER BY version
"""
STREAMS = """
    SELECT CAST(stream AS BLOB), version, CAST(state AS BLOB), CAST(chain AS BLOB)
    FROM streams WHERE stream >= ? ORDER BY stream
"""


# stock
@cache
def take(changed: tuple[str, ...], taken: tuple[str, ...]) -> str:
    """The statement that changes some states of one level, if those that units are taken from have so many.

    Shape: by how much each state is changed, SKU, location, pool, and by how much each of those taken from.
    """
    return f"""
        UPDATE stock_levels SET {", ".join([f"{state} = {state} + ?" for state in changed])}
        WHERE sku = ? AND location = ? AND pool = ? AND {" AND ".join([f"{state} + ? >= 0" for state in taken])}
    """  # noqa: S608 (glued from the names of columns)


GIVE = """
    INSERT INTO stock_levels (sellable, reserved, allocated, picked, held, damaged, expected, sku, location, pool)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (sku, location, pool) DO UPDATE SET sellable = sellable + excluded.sellable,
        reserved = reserved + excluded.reserved, allocated = allocated + excluded.allocated,
        picked = picked + excluded.picked, held = held + excluded.held, damaged = damaged + excluded.damaged,
        expected = expected + excluded.expected
"""
LEVEL = """
    SELECT sellable, reserved, allocated, picked, held, damaged, expected
    FROM stock_levels WHERE sku = ? AND location = ? AND pool = ?
"""
STOCK = tuple(
    f"""
    SELECT sku, location, pool, sellable, reserved, allocated, picked, held, damaged, expected
    FROM stock_levels WHERE sku IN ({", ".join("?" * keys)}) ORDER BY sku, location, pool
    """  # noqa: S608 (glued from question marks)
    for keys in range(MOST_KEYS + 1)
)
ALL_STOCK = """
    SELECT CAST(sku AS BLOB), CAST(location AS BLOB), CAST(pool AS BLOB), sellable, reserved, allocated, picked, held,
        damaged, expected
    FROM stock_levels ORDER BY sku, location, pool
"""

# tasks
NEW_TASK = """
    INSERT INTO task_queue (task_id, kind, due_at, payload, seal)
    VALUES (?, ?, ?, ?, ?) ON CONFLICT (task_id) DO NOTHING
"""
SETTLE = """
    UPDATE task_queue SET state = ?, due_at = coalesce(?, due_at), note = ?, leased_until = NULL,
        seal = row_seal(task_id, kind, coalesce(?, due_at), payload, attempt, revived, ?, NULL, ?)
    WHERE task_id = ? AND attempt = ? AND state = 'leased'
"""
WAITING = """
    SELECT due_at, task_id, id, kind, payload, attempt, note, revived
    FROM task_queue WHERE state = 'waiting' AND due_at <= ? ORDER BY due_at, task_id LIMIT ?
"""
RUN_OUT = """
    SELECT due_at, task_id, id, kind, payload, attempt, note, revived
    FROM task_queue WHERE state = 'leased' AND leased_until <= ? ORDER BY due_at, task_id LIMIT ?
"""
LEASE = """
    UPDATE task_queue SET state = 'leased', leased_until = ?, attempt = ?,
        seal = row_seal(task_id, kind, due_at, payload, ?, revived, 'leased', ?, note)
    WHERE id = ?
"""
EXTEND = """
    UPDATE task_queue SET leased_until = ?,
        seal = row_seal(task_id, kind, due_at, payload, attempt, revived, state, ?, note)
    WHERE task_id = ? AND attempt = ? AND state = 'leased'
"""
REVIVE = """
    UPDATE task_queue SET state = 'waiting', due_at = ?, revived = attempt,
        seal = row_seal(task_id, kind, ?, payload, attempt, attempt, 'waiting', NULL, note)
    WHERE task_id = ? AND state IN ('dead', 'dropped')
"""
DROP = """
    UPDATE task_queue SET state = 'dropped', note = ?,
        seal = row_seal(task_id, kind, due_at, payload, attempt, revived, 'dropped', NULL, ?)
    WHERE task_id = ? AND state IN ('waiting', 'dead')
"""
NEXT_DUE = "SELECT due_at FROM task_queue WHERE state = 'waiting' ORDER BY due_at LIMIT 1"
TASK = "SELECT task_id, kind, due_at, payload, attempt, state, note, revived FROM task_queue WHERE task_id = ?"
TASKS = """
    SELECT task_id, kind, due_at, payload, attempt, state, note, revived
    FROM task_queue WHERE state = ? ORDER BY due_at, task_id LIMIT ?
"""
ALL_TASKS = """
    SELECT CAST(task_id AS BLOB), CAST(kind AS BLOB), CAST(due_at AS BLOB), CAST(payload AS BLOB), attempt,
        CAST(state AS BLOB), CAST(note AS BLOB), revived
    FROM task_queue ORDER BY task_id
"""

# answers, claims, index
ANSWER = "SELECT fingerprint, answer FROM answers WHERE command_key = ?"
KNOWN = tuple(
    " UNION ALL ".join(["SELECT command_key, fingerprint, answer FROM answers WHERE command_key = ?"] * keys)
    for keys in range(MOST_KEYS + 1)
)
NEW_ANSWER = """
    INSERT INTO answers (command_key, fingerprint, answer, at, seal) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (command_key) DO NOTHING
"""
ALL_ANSWERS = """
    SELECT CAST(command_key AS BLOB), CAST(fingerprint AS BLOB), CAST(answer AS BLOB)
    FROM answers ORDER BY command_key
"""
CLAIMED = "SELECT stream FROM claims WHERE name = ?"
NEW_CLAIM = "INSERT INTO claims (name, stream, seal) VALUES (?, ?, ?) ON CONFLICT (name) DO NOTHING"
ALL_CLAIMS = "SELECT CAST(name AS BLOB), CAST(stream AS BLOB) FROM claims ORDER BY name"
LIST = "INSERT INTO index_entries (name, key, sort, stream) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
UNLIST = "DELETE FROM index_entries WHERE name = ? AND key = ? AND sort = ? AND stream = ?"
LISTED = "SELECT stream FROM index_entries WHERE name = ? AND key = ? ORDER BY sort, stream LIMIT ?"
ALL_ENTRIES = """
    SELECT CAST(stream AS BLOB), CAST(name AS BLOB), CAST(key AS BLOB), CAST(sort AS BLOB)
    FROM index_entries ORDER BY stream, name, key, sort
"""

# vault: a document is blanked to as many spaces as it had bytes, so that its row keeps its size and place
VAULT_UNSEAL = """
    DELETE FROM vault_seals
    WHERE id = (SELECT id FROM vault WHERE person_id = ? AND name = ? AND live = 1 AND body <> ?)
"""
VAULT_BLANK = """
    UPDATE vault SET body = replace(hex(zeroblob(length(CAST(body AS BLOB)))), '00', ' '), live = 0
    WHERE person_id = ? AND name = ? AND live = 1 AND body <> ?
"""
VAULT_PUT = """
    INSERT INTO vault (person_id, name, body) VALUES (?, ?, ?)
    ON CONFLICT (person_id, name) WHERE live = 1 DO NOTHING
"""
VAULT_SEAL = """
    INSERT INTO vault_seals (id, seal)
    SELECT id, row_seal(person_id, name, body) FROM vault WHERE person_id = ? AND name = ? AND live = 1
    ON CONFLICT DO NOTHING
"""
VAULT_GET = "SELECT body FROM vault WHERE person_id = ? AND name = ? AND live = 1"
VAULT_NAMES = "SELECT name FROM vault WHERE person_id = ? AND live = 1 ORDER BY name"
VAULT_UNSEAL_ALL = "DELETE FROM vault_seals WHERE id IN (SELECT id FROM vault WHERE person_id = ? AND live = 1)"
VAULT_ERASE = """
    UPDATE vault SET body = replace(hex(zeroblob(length(CAST(body AS BLOB)))), '00', ' '), live = 0
    WHERE person_id = ? AND live = 1
"""

# checkpoints
LAST_CHECKPOINT = "SELECT number, at, heads, answers, claims, digest, seq FROM checkpoints ORDER BY number DESC LIMIT 1"
CHANGED_HEADS = """
    SELECT stream, max(version), chain FROM events WHERE seq > ? AND seq <= ? GROUP BY stream ORDER BY stream
"""
LAST_SEQ = "SELECT coalesce(max(seq), 0) FROM events"
SEALED_COUNTS = "SELECT (SELECT count(*) FROM answers), (SELECT count(*) FROM claims)"
NEW_CHECKPOINT = """
    INSERT INTO checkpoints (number, at, heads, answers, claims, digest, seq) VALUES (?, ?, ?, ?, ?, ?, ?)
"""
NEW_HEAD = "INSERT INTO heads (number, stream, version, chain) VALUES (?, ?, ?, ?)"
ALL_CHECKPOINTS = """
    SELECT number, CAST(at AS BLOB), heads, answers, claims, CAST(digest AS BLOB) FROM checkpoints ORDER BY number
"""
ALL_HEADS = """
    SELECT number, CAST(stream AS BLOB), version, CAST(chain AS BLOB) FROM heads ORDER BY stream, version, number
"""

# repairs
MEND_STATE = "UPDATE streams SET state = ? WHERE stream = ? AND version = ?"
VERSION = "SELECT version FROM streams WHERE stream = ?"
DROP_LEVEL = "DELETE FROM stock_levels WHERE sku = ? AND location = ? AND pool = ?"
NEW_LEVEL = """
    INSERT INTO stock_levels (sku, location, pool, sellable, reserved, allocated, picked, held, damaged, expected)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
DROP_CLAIM = "DELETE FROM claims WHERE name = ?"

# health of adapters
HEALTH = "SELECT adapter, body FROM adapter_health"
HEALTH_OF = "SELECT body FROM adapter_health WHERE adapter = ?"
KEEP_HEALTH = (
    "INSERT INTO adapter_health (adapter, body) VALUES (?, ?) ON CONFLICT (adapter) DO UPDATE SET body = excluded.body"
)

# counts and checks
COUNTS = """
    SELECT 'streams', count(*) FROM streams
    UNION ALL SELECT 'events', count(*) FROM events
    UNION ALL SELECT 'answers', count(*) FROM answers
    UNION ALL SELECT 'claims', count(*) FROM claims
    UNION ALL SELECT 'people', count(DISTINCT person_id) FROM vault WHERE live = 1
    UNION ALL SELECT 'tasks.' || state, count(*) FROM task_queue GROUP BY state
"""
CHECK_PAGES = "PRAGMA integrity_check(100)"
CHECK_NUMBERS = """
    SELECT 'streams', count(*), max(id) FROM streams
    UNION ALL SELECT 'events', count(*), max(seq) FROM events
    UNION ALL SELECT 'answers', count(*), max(rowid) FROM answers
    UNION ALL SELECT 'tasks', count(*), max(id) FROM task_queue
    UNION ALL SELECT 'documents', count(*), max(id) FROM vault
"""
"""Rows of these are numbered from 1 as they come and never deleted, so there are as many as the last one's number."""
CHECK_REFERENCES = "PRAGMA foreign_key_check"
CHECKPOINT = "PRAGMA wal_checkpoint(TRUNCATE)"
