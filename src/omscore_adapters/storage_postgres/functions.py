"""One commit, or many, as one call: the statements of a commit run inside the server, so that it costs one round trip.

A commit arrives as one JSON document (`writing.document`). What does not hold is raised with a code of its own and a
JSON detail; `failures` turns both into the port's errors. Rows are locked in one order everywhere: streams, tasks, then
stock, each by key; stock comes last, because those rows are the hot ones.
"""

from __future__ import annotations

from typing import Final

KEY_REUSED: Final = "OM001"
STALE_VERSION: Final = "OM002"
CLAIM_TAKEN: Final = "OM003"
STALE_ATTEMPT: Final = "OM004"
STOCK_MISSED: Final = "OM005"

COMMIT_ONE: Final = """
CREATE OR REPLACE FUNCTION commit_one(c jsonb, OUT answer text, OUT is_new boolean) LANGUAGE plpgsql AS $$
DECLARE
    used record;
    change jsonb;
    entry jsonb;
    stored record;
    reached int;
    is_begun boolean;
    seal text;
    places int[] := '{}';
    event_streams text[] := '{}';
    versions int[] := '{}';
    names text[] := '{}';
    moments text[] := '{}';
    bodies text[] := '{}';
    seals text[] := '{}';
BEGIN
    IF c ? 'key' THEN
        -- Waits for an equal key that is just being committed elsewhere.
        INSERT INTO answers (command_key, fingerprint, answer, at)
        VALUES (c ->> 'key', c ->> 'fingerprint', c ->> 'answer', c ->> 'at')
        ON CONFLICT (command_key) DO NOTHING;
        IF NOT FOUND THEN
            SELECT a.fingerprint, a.answer INTO STRICT used FROM answers AS a WHERE command_key = c ->> 'key';
            IF used.fingerprint <> c ->> 'fingerprint' THEN
                RAISE EXCEPTION 'key reused' USING ERRCODE = 'OM001', DETAIL = jsonb_build_array(c -> 'key')::text;
            END IF;
            answer := used.answer;
            is_new := false;
            RETURN;
        END IF;
    END IF;

    -- By stream, so that locks never cross; each change knows its place in the commit, and its events keep it.
    FOR change IN SELECT value FROM jsonb_array_elements(c -> 'changes') LOOP
        reached := (change ->> 1)::int;
        is_begun := reached > 0;
        seal := '';
        IF is_begun THEN  -- a new stream is looked for only when it cannot be inserted
            SELECT version, chain INTO stored FROM streams WHERE stream = change ->> 0 FOR NO KEY UPDATE;
            IF coalesce(stored.version, 0) <> reached THEN
                RAISE EXCEPTION 'stale version' USING ERRCODE = 'OM002',
                    DETAIL = jsonb_build_array(change -> 0, change -> 1, coalesce(stored.version, 0))::text;
            END IF;
            CONTINUE WHEN change -> 2 = 'null';  -- only looked at, and now nobody else changes it
            seal := stored.chain;
        END IF;
        FOR entry IN SELECT value FROM jsonb_array_elements(change -> 3) LOOP
            reached := reached + 1;
            seal := left(encode(sha256(convert_to(
                seal || E'\\n' || (entry ->> 0) || E'\\n' || (entry ->> 2) || E'\\n' || (entry ->> 3), 'UTF8'
            )), 'hex'), 32);
            places := places || (change ->> 4)::int;
            event_streams := event_streams || (change ->> 0);
            versions := versions || reached;
            names := names || (entry ->> 0);
            moments := moments || (entry ->> 1);
            bodies := bodies || (entry ->> 3);
            seals := seals || seal;
        END LOOP;
        IF NOT is_begun THEN
            INSERT INTO streams (stream, version, state, chain) VALUES (change ->> 0, reached, change ->> 2, seal)
            ON CONFLICT (stream) DO NOTHING;
            IF NOT FOUND THEN
                SELECT version INTO STRICT stored FROM streams WHERE stream = change ->> 0;
                RAISE EXCEPTION 'stale version' USING ERRCODE = 'OM002',
                    DETAIL = jsonb_build_array(change -> 0, 0, stored.version)::text;
            END IF;
        ELSE
            UPDATE streams SET version = reached, state = change ->> 2, chain = seal WHERE stream = change ->> 0;
        END IF;
    END LOOP;
    INSERT INTO events (stream, version, name, at, body, chain)
    SELECT e.stream, e.version, e.name, e.at, e.body, e.chain
    FROM unnest(places, event_streams, versions, names, moments, bodies, seals)
        AS e (place, stream, version, name, at, body, chain)
    ORDER BY e.place, e.version;

    IF c ? 'claims' THEN
        FOR entry IN SELECT value FROM jsonb_array_elements(c -> 'claims') LOOP
            INSERT INTO claims (name, stream) VALUES (entry ->> 0, entry ->> 1) ON CONFLICT (name) DO NOTHING;
            IF NOT FOUND THEN
                SELECT stream INTO STRICT stored FROM claims WHERE name = entry ->> 0;
                IF stored.stream <> entry ->> 1 THEN
                    RAISE EXCEPTION 'claim taken' USING ERRCODE = 'OM003',
                        DETAIL = jsonb_build_array(entry -> 0, stored.stream)::text;
                END IF;
            END IF;
        END LOOP;
    END IF;
    IF c ? 'settlements' THEN
        FOR entry IN SELECT value FROM jsonb_array_elements(c -> 'settlements') LOOP
            UPDATE task_queue
            SET state = entry ->> 2, due_at = coalesce(entry ->> 3, due_at), note = entry ->> 4, leased_until = NULL
            WHERE task_id = entry ->> 0 AND attempt = (entry ->> 1)::int AND state = 'leased';
            IF NOT FOUND THEN
                RAISE EXCEPTION 'stale attempt' USING ERRCODE = 'OM004', DETAIL = entry::text;
            END IF;
        END LOOP;
    END IF;
    IF c ? 'tasks' THEN
        INSERT INTO task_queue (task_id, kind, due_at, payload)
        SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM jsonb_array_elements(c -> 'tasks')
        ON CONFLICT (task_id) DO NOTHING;
    END IF;
    IF c ? 'unlisted' THEN
        DELETE FROM index_entries AS i USING jsonb_array_elements(c -> 'unlisted') AS e
        WHERE i.name = e.value ->> 0 AND i.key = e.value ->> 1 AND i.sort = e.value ->> 2 AND i.stream = e.value ->> 3;
    END IF;
    IF c ? 'listed' THEN
        INSERT INTO index_entries (name, key, sort, stream)
        SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM jsonb_array_elements(c -> 'listed')
        ON CONFLICT DO NOTHING;
    END IF;
    IF c ? 'vault' THEN
        FOR entry IN SELECT value FROM jsonb_array_elements(c -> 'vault') LOOP
            INSERT INTO vault (person_id, name, body) VALUES (entry ->> 0, entry ->> 1, entry ->> 2)
            ON CONFLICT (person_id, name) DO UPDATE SET body = excluded.body;
        END LOOP;
    END IF;

    IF c ? 'stock' THEN
        FOR entry IN SELECT value FROM jsonb_array_elements(c -> 'stock') LOOP
            IF (entry ->> 10)::boolean THEN
                UPDATE stock_levels SET
                    sellable = sellable + (entry ->> 3)::bigint, reserved = reserved + (entry ->> 4)::bigint,
                    allocated = allocated + (entry ->> 5)::bigint, picked = picked + (entry ->> 6)::bigint,
                    held = held + (entry ->> 7)::bigint, damaged = damaged + (entry ->> 8)::bigint,
                    expected = expected + (entry ->> 9)::bigint
                WHERE sku = entry ->> 0 AND location = entry ->> 1 AND pool = entry ->> 2
                    AND sellable + (entry ->> 3)::bigint >= 0 AND reserved + (entry ->> 4)::bigint >= 0
                    AND allocated + (entry ->> 5)::bigint >= 0 AND picked + (entry ->> 6)::bigint >= 0
                    AND held + (entry ->> 7)::bigint >= 0 AND damaged + (entry ->> 8)::bigint >= 0
                    AND expected + (entry ->> 9)::bigint >= 0;
                IF NOT FOUND THEN
                    RAISE EXCEPTION 'stock missed' USING ERRCODE = 'OM005';
                END IF;
            ELSE
                INSERT INTO stock_levels AS s
                    (sku, location, pool, sellable, reserved, allocated, picked, held, damaged, expected)
                VALUES (
                    entry ->> 0, entry ->> 1, entry ->> 2, (entry ->> 3)::bigint, (entry ->> 4)::bigint,
                    (entry ->> 5)::bigint, (entry ->> 6)::bigint, (entry ->> 7)::bigint, (entry ->> 8)::bigint,
                    (entry ->> 9)::bigint
                )
                ON CONFLICT (sku, location, pool) DO UPDATE SET
                    sellable = s.sellable + excluded.sellable, reserved = s.reserved + excluded.reserved,
                    allocated = s.allocated + excluded.allocated, picked = s.picked + excluded.picked,
                    held = s.held + excluded.held, damaged = s.damaged + excluded.damaged,
                    expected = s.expected + excluded.expected;
            END IF;
        END LOOP;
    END IF;
    answer := c ->> 'answer';
    is_new := true;
END
$$
"""

COMMIT_MANY: Final = """
CREATE OR REPLACE FUNCTION commit_many(cs jsonb) RETURNS TABLE (answer text, code text, detail text, is_new boolean)
LANGUAGE plpgsql AS $$
DECLARE
    c jsonb;
BEGIN
    -- Everything the group will change is locked in one sorted pass, so that two groups never wait for each other.
    PERFORM 1 FROM streams
    WHERE stream = ANY (
        SELECT s.value ->> 0 FROM jsonb_array_elements(cs) AS e, jsonb_array_elements(e.value -> 'changes') AS s
    )
    ORDER BY stream FOR NO KEY UPDATE;
    PERFORM 1 FROM task_queue
    WHERE task_id = ANY (
        SELECT s.value ->> 0 FROM jsonb_array_elements(cs) AS e, jsonb_array_elements(e.value -> 'settlements') AS s
    )
    ORDER BY task_id FOR NO KEY UPDATE;
    PERFORM 1 FROM stock_levels
    WHERE (sku, location, pool) IN (
        SELECT s.value ->> 0, s.value ->> 1, s.value ->> 2
        FROM jsonb_array_elements(cs) AS e, jsonb_array_elements(e.value -> 'stock') AS s
    )
    ORDER BY sku, location, pool FOR NO KEY UPDATE;
    FOR c IN SELECT value FROM jsonb_array_elements(cs) LOOP
        answer := NULL;
        code := NULL;
        detail := NULL;
        is_new := false;
        BEGIN
            SELECT o.answer, o.is_new INTO answer, is_new FROM commit_one(c) AS o;
        EXCEPTION
            -- A cancelled call or a full disk fells the group; anything else is this commit's alone.
            WHEN query_canceled OR insufficient_resources OR operator_intervention OR system_error THEN
                RAISE;
            WHEN OTHERS THEN
                GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, detail = PG_EXCEPTION_DETAIL;
                IF code = 'OM005' THEN
                    -- What is there now: the next commit of the group may take it.
                    SELECT jsonb_agg(jsonb_build_array(
                        s.sku, s.location, s.pool,
                        s.sellable, s.reserved, s.allocated, s.picked, s.held, s.damaged, s.expected
                    ))::text INTO detail
                    FROM jsonb_array_elements(c -> 'stock') AS e JOIN stock_levels AS s
                    ON s.sku = e.value ->> 0 AND s.location = e.value ->> 1 AND s.pool = e.value ->> 2;
                ELSIF left(code, 2) <> 'OM' THEN
                    GET STACKED DIAGNOSTICS detail = MESSAGE_TEXT;
                END IF;
        END;
        RETURN NEXT;
    END LOOP;
END
$$
"""
