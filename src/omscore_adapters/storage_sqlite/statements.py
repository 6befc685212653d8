"""Every statement the adapter sends, whole and fixed, so that each is compiled once and none is glued from input.

The reading statements of the log and the audits fetch texts as bytes: a row that is not UTF-8 can then be named.
"""

from __future__ import annotations

BEGIN = "BEGIN IMMEDIATE"
COMMIT = "COMMIT"
ROLLBACK = "ROLLBACK"
SAVEPOINT = "SAVEPOINT one_commit"
BACK_TO_SAVEPOINT = "ROLLBACK TO one_commit"
RELEASE = "RELEASE one_commit"

# streams and events
LOAD = "SELECT version, CASE WHEN version <> ? THEN state END FROM streams WHERE stream = ?"
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
TAKE = """
    UPDATE stock_levels SET sellable = sellable + ?, reserved = reserved + ?, allocated = allocated + ?,
        picked = picked + ?, held = held + ?, damaged = damaged + ?, expected = expected + ?
    WHERE sku = ? AND location = ? AND pool = ?
        AND sellable + ? >= 0 AND reserved + ? >= 0 AND allocated + ? >= 0 AND picked + ? >= 0
        AND held + ? >= 0 AND damaged + ? >= 0 AND expected + ? >= 0
"""
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
STOCK = """
    SELECT sku, location, pool, sellable, reserved, allocated, picked, held, damaged, expected
    FROM stock_levels WHERE sku = ? ORDER BY location, pool
"""
ALL_STOCK = """
    SELECT CAST(sku AS BLOB), CAST(location AS BLOB), CAST(pool AS BLOB), sellable, reserved, allocated, picked, held,
        damaged, expected
    FROM stock_levels ORDER BY sku, location, pool
"""

# tasks
NEW_TASK = """
    INSERT INTO task_queue (task_id, kind, due_at, payload) VALUES (?, ?, ?, ?) ON CONFLICT (task_id) DO NOTHING
"""
SETTLE = """
    UPDATE task_queue SET state = ?, due_at = coalesce(?, due_at), note = ?, leased_until = NULL
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
LEASE = "UPDATE task_queue SET state = 'leased', leased_until = ?, attempt = ? WHERE id = ?"
EXTEND = "UPDATE task_queue SET leased_until = ? WHERE task_id = ? AND attempt = ? AND state = 'leased'"
REVIVE = """
    UPDATE task_queue SET state = 'waiting', due_at = ?, revived = attempt
    WHERE task_id = ? AND state IN ('dead', 'dropped')
"""
DROP = "UPDATE task_queue SET state = 'dropped', note = ? WHERE task_id = ? AND state IN ('waiting', 'dead')"
NEXT_DUE = "SELECT due_at FROM task_queue WHERE state = 'waiting' ORDER BY due_at LIMIT 1"
TASKS = """
    SELECT task_id, kind, due_at, payload, attempt, state, note, revived
    FROM task_queue WHERE state = ? ORDER BY due_at, task_id LIMIT ?
"""

# answers, claims, index
ANSWER = "SELECT fingerprint, answer FROM answers WHERE command_key = ?"
NEW_ANSWER = "INSERT INTO answers (command_key, fingerprint, answer, at) VALUES (?, ?, ?, ?)"
CLAIMED = "SELECT stream FROM claims WHERE name = ?"
NEW_CLAIM = "INSERT INTO claims (name, stream) VALUES (?, ?)"
LIST = "INSERT INTO index_entries (name, key, sort, stream) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
UNLIST = "DELETE FROM index_entries WHERE name = ? AND key = ? AND sort = ? AND stream = ?"
LISTED = "SELECT stream FROM index_entries WHERE name = ? AND key = ? ORDER BY sort, stream LIMIT ?"
ALL_ENTRIES = """
    SELECT CAST(stream AS BLOB), CAST(name AS BLOB), CAST(key AS BLOB), CAST(sort AS BLOB)
    FROM index_entries ORDER BY stream, name, key, sort
"""

# vault: a document is blanked to as many spaces as it had bytes, so that its row keeps its size and place
VAULT_BLANK = """
    UPDATE vault SET body = replace(hex(zeroblob(length(CAST(body AS BLOB)))), '00', ' '), live = 0
    WHERE person_id = ? AND name = ? AND live = 1 AND body <> ?
"""
VAULT_PUT = """
    INSERT INTO vault (person_id, name, body) VALUES (?, ?, ?)
    ON CONFLICT (person_id, name) WHERE live = 1 DO NOTHING
"""
VAULT_GET = "SELECT body FROM vault WHERE person_id = ? AND name = ? AND live = 1"
VAULT_NAMES = "SELECT name FROM vault WHERE person_id = ? AND live = 1 ORDER BY name"
VAULT_ERASE = """
    UPDATE vault SET body = replace(hex(zeroblob(length(CAST(body AS BLOB)))), '00', ' '), live = 0
    WHERE person_id = ? AND live = 1
"""

# counts and checks
COUNTS = """
    SELECT 'streams', count(*) FROM streams
    UNION ALL SELECT 'events', count(*) FROM events
    UNION ALL SELECT 'people', count(DISTINCT person_id) FROM vault WHERE live = 1
    UNION ALL SELECT 'tasks.' || state, count(*) FROM task_queue GROUP BY state
"""
CHECK_PAGES = "PRAGMA integrity_check(100)"
CHECK_REFERENCES = "PRAGMA foreign_key_check"
CHECKPOINT = "PRAGMA wal_checkpoint(TRUNCATE)"
