"""Every statement the adapter sends, whole and fixed, so that each is prepared once and none is glued from input."""

from __future__ import annotations

from typing import Final

SESSION: Final = """
    SELECT set_config('search_path', %(schema)s, false), set_config('lock_timeout', %(lock)s, false),
        set_config('statement_timeout', %(statement)s, false), set_config('TimeZone', 'UTC', false),
        set_config('default_transaction_isolation', 'read committed', false),
        set_config('default_transaction_read_only', %(read_only)s, false),
        set_config('plan_cache_mode', 'force_generic_plan', false)
"""
"""Made one at a time with the connection, and read back. Every statement is a look at a few keys, so that one plan fits
all of them, and thinking it over again would take longer than the look.
"""
LOSE_COMMITS: Final = "SELECT set_config('synchronous_commit', 'off', false)"
SHOWN: Final = """
    SELECT current_setting('synchronous_commit'), current_setting('search_path'),
        current_setting('server_version_num')::int, current_setting('server_encoding')
"""
BACKEND: Final = "SELECT pid, backend_start::text FROM pg_stat_activity WHERE pid = pg_backend_pid()"
END_OF_BACKEND: Final = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = %s AND backend_start = %s::timestamptz
"""
"""No row once that server process is gone, and with it whatever it had not committed."""

SNAPSHOT: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
FIRST_LOOK: Final = "SELECT 1 FROM meta"
"""The moment of a snapshot is that of its first statement."""

COMMIT_ONE: Final = "SELECT answer FROM commit_one(%s::jsonb)"
COMMIT_MANY: Final = "SELECT answer, code, detail, is_new FROM commit_many(%s::jsonb)"

LOAD: Final = """
    SELECT s.stream, s.version, CASE WHEN s.version <> w.have THEN s.state END
    FROM unnest(%s::text[], %s::int[]) AS w (stream, have)
    CROSS JOIN LATERAL (SELECT stream, version, state FROM streams WHERE stream = w.stream LIMIT 1) AS s
"""
"""The limit says that each key is looked up for itself, whatever the planner thinks of the size of the table."""
STOCK: Final = """
    SELECT sku, location, pool, sellable, reserved, allocated, picked, held, damaged, expected
    FROM unnest(%s::text[]) AS w (wanted)
    CROSS JOIN LATERAL (SELECT * FROM stock_levels WHERE sku = w.wanted OFFSET 0) AS s
    ORDER BY sku, location, pool
"""
GLANCE: Final = """
    SELECT s.stream, NULL, CASE WHEN s.version <> w.have THEN s.state END, s.version, NULL::bigint, NULL::bigint,
           NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint
    FROM unnest(%s::text[], %s::int[]) AS w (stream, have)
    CROSS JOIN LATERAL (SELECT stream, version, state FROM streams WHERE stream = w.stream LIMIT 1) AS s
    UNION ALL
    SELECT s.sku, s.location, s.pool, s.sellable, s.reserved, s.allocated, s.picked, s.held, s.damaged, s.expected
    FROM unnest(%s::text[]) AS w (wanted)
    CROSS JOIN LATERAL (SELECT * FROM stock_levels WHERE sku = w.wanted OFFSET 0) AS s
    UNION ALL
    SELECT s.person_id, s.name, s.body, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM unnest(%s::text[], %s::text[]) AS w (person_id, name)
    CROSS JOIN LATERAL (
        SELECT person_id, name, body FROM vault WHERE person_id = w.person_id AND name = w.name LIMIT 1
    ) AS s
"""
"""Shape: rows as `omscore_adapters.storage_common.glanced` reads them."""
LEVELS: Final = """
    SELECT s.sku, s.location, s.pool, sellable, reserved, allocated, picked, held, damaged, expected
    FROM unnest(%s::text[], %s::text[], %s::text[]) AS w (sku, location, pool)
    JOIN stock_levels AS s ON s.sku = w.sku AND s.location = w.location AND s.pool = w.pool
"""
ANSWER: Final = "SELECT fingerprint, answer FROM answers WHERE command_key = %s"
KNOWN: Final = "SELECT command_key, fingerprint, answer FROM answers WHERE command_key = ANY (%s)"
CLAIMED: Final = "SELECT stream FROM claims WHERE name = %s"
LISTED: Final = "SELECT stream FROM index_entries WHERE name = %s AND key = %s ORDER BY sort, stream LIMIT %s"

# tasks
LEASE: Final = """
    WITH waiting AS (
        SELECT task_id, due_at FROM task_queue WHERE state = 'waiting' AND due_at <= %(now)s
        ORDER BY due_at, task_id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    ), run_out AS (
        SELECT task_id, due_at FROM task_queue WHERE state = 'leased' AND leased_until <= %(now)s
        ORDER BY due_at, task_id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    ), due AS (
        SELECT task_id FROM (SELECT * FROM waiting UNION ALL SELECT * FROM run_out) AS either
        ORDER BY due_at, task_id LIMIT %(limit)s
    )
    UPDATE task_queue AS q SET state = 'leased', leased_until = %(until)s, attempt = attempt + 1
    FROM due WHERE q.task_id = due.task_id
    RETURNING q.task_id, q.kind, q.due_at, q.payload, q.attempt, q.state, q.note, q.revived
"""
EXTEND: Final = """
    UPDATE task_queue SET leased_until = %s WHERE task_id = %s AND attempt = %s AND state = 'leased' RETURNING 1
"""
REVIVE: Final = """
    UPDATE task_queue SET state = 'waiting', due_at = %s, revived = attempt
    WHERE task_id = %s AND state IN ('dead', 'dropped') RETURNING 1
"""
DROP: Final = """
    UPDATE task_queue SET state = 'dropped', note = %s WHERE task_id = %s AND state IN ('waiting', 'dead') RETURNING 1
"""
NEXT_DUE: Final = "SELECT due_at FROM task_queue WHERE state = 'waiting' ORDER BY due_at, task_id LIMIT 1"
TASK: Final = """
    SELECT task_id, kind, due_at, payload, attempt, state, note, revived FROM task_queue WHERE task_id = %s
"""
TASKS: Final = """
    SELECT task_id, kind, due_at, payload, attempt, state, note, revived
    FROM task_queue WHERE state = %s ORDER BY due_at, task_id LIMIT %s
"""

# vault
VAULT_GET: Final = "SELECT body FROM vault WHERE person_id = %s AND name = %s"
VAULT_NAMES: Final = "SELECT name FROM vault WHERE person_id = %s ORDER BY name"
VAULT_ERASE: Final = "DELETE FROM vault WHERE person_id = %s RETURNING 1"
VAULT_SWEEP: Final = "VACUUM vault"

# whole tables
ALL_EVENTS: Final = "SELECT seq, stream, version, name, at, body, chain FROM events ORDER BY seq"
STREAM_EVENTS: Final = """
    SELECT seq, stream, version, name, at, body, chain FROM events WHERE stream = %s ORDER BY version
"""
STREAMS: Final = """
    SELECT stream, version, state, chain FROM streams WHERE starts_with(stream, %s) ORDER BY stream
"""
ALL_STOCK: Final = """
    SELECT sku, location, pool, sellable, reserved, allocated, picked, held, damaged, expected
    FROM stock_levels ORDER BY sku, location, pool
"""
ALL_ENTRIES: Final = "SELECT stream, name, key, sort FROM index_entries ORDER BY stream, name, key, sort"
ALL_TASKS: Final = """
    SELECT task_id, kind, due_at, payload, attempt, state, note, revived FROM task_queue ORDER BY task_id
"""
ALL_ANSWERS: Final = "SELECT command_key, fingerprint, answer FROM answers ORDER BY command_key"
ALL_CLAIMS: Final = "SELECT name, stream FROM claims ORDER BY name"
ALL_CHECKPOINTS: Final = "SELECT number, at, heads, answers, claims, digest FROM checkpoints ORDER BY number"
ALL_HEADS: Final = "SELECT number, stream, version, chain FROM heads ORDER BY stream, version, number"
COUNTS: Final = """
    SELECT 'streams', count(*) FROM streams
    UNION ALL SELECT 'events', count(*) FROM events
    UNION ALL SELECT 'answers', count(*) FROM answers
    UNION ALL SELECT 'claims', count(*) FROM claims
    UNION ALL SELECT 'people', count(DISTINCT person_id) FROM vault
    UNION ALL SELECT 'tasks.' || state, count(*) FROM task_queue GROUP BY state
"""
NOT_VALID: Final = """
    SELECT conrelid::regclass::text || ': ' || conname FROM pg_constraint
    WHERE connamespace = to_regnamespace(%s) AND NOT convalidated
"""
STRAYS: Final = """
    SELECT 'event ' || seq || ' names ' || stream || ', which does not exist' FROM events AS e
    WHERE NOT EXISTS (SELECT 1 FROM streams AS s WHERE s.stream = e.stream)
    UNION ALL
    SELECT 'index entry ' || name || ' names ' || stream || ', which does not exist' FROM index_entries AS e
    WHERE NOT EXISTS (SELECT 1 FROM streams AS s WHERE s.stream = e.stream)
    LIMIT 100
"""

# checkpoints
ONE_CHECKPOINT: Final = "LOCK TABLE checkpoints IN SHARE ROW EXCLUSIVE MODE"
LAST_CHECKPOINT: Final = """
    SELECT number, at, heads, answers, claims, digest FROM checkpoints ORDER BY number DESC LIMIT 1
"""
CHANGED_HEADS: Final = """
    SELECT stream, version, chain FROM streams AS s
    WHERE NOT EXISTS (SELECT 1 FROM heads AS h WHERE h.stream = s.stream AND h.version = s.version)
    ORDER BY stream
"""
SEALED_COUNTS: Final = "SELECT (SELECT count(*) FROM answers), (SELECT count(*) FROM claims)"
NEW_CHECKPOINT: Final = """
    INSERT INTO checkpoints (number, at, heads, answers, claims, digest) VALUES (%s, %s, %s, %s, %s, %s)
"""
NEW_HEAD: Final = "INSERT INTO heads (number, stream, version, chain) VALUES (%s, %s, %s, %s)"

# health of adapters
HEALTH: Final = "SELECT adapter, body FROM adapter_health WHERE body IS NOT NULL"
FIRST_HEALTH: Final = "INSERT INTO adapter_health (adapter) VALUES (%s) ON CONFLICT DO NOTHING"
HEALTH_OF: Final = "SELECT body FROM adapter_health WHERE adapter = %s FOR UPDATE"
KEEP_HEALTH: Final = "UPDATE adapter_health SET body = %s WHERE adapter = %s"

# repairs
MEND_STATE: Final = "UPDATE streams SET state = %s WHERE stream = %s AND version = %s RETURNING 1"
VERSION: Final = "SELECT version FROM streams WHERE stream = %s FOR UPDATE"
LEVEL: Final = """
    SELECT sku, location, pool, sellable, reserved, allocated, picked, held, damaged, expected
    FROM stock_levels WHERE sku = %s AND location = %s AND pool = %s FOR UPDATE
"""
DROP_LEVEL: Final = "DELETE FROM stock_levels WHERE sku = %s AND location = %s AND pool = %s"
NEW_LEVEL: Final = """
    INSERT INTO stock_levels (sku, location, pool, sellable, reserved, allocated, picked, held, damaged, expected)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
LIST: Final = """
    INSERT INTO index_entries (name, key, sort, stream) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING
"""
UNLIST: Final = "DELETE FROM index_entries WHERE name = %s AND key = %s AND sort = %s AND stream = %s"
HOLDER: Final = "SELECT stream FROM claims WHERE name = %s FOR UPDATE"
DROP_CLAIM: Final = "DELETE FROM claims WHERE name = %s"
NEW_CLAIM: Final = "INSERT INTO claims (name, stream) VALUES (%s, %s)"
