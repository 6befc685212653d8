"""The shop as tables for people: SQL views a report or a BI tool can read. Each column is described in docs/sql.md.

Names and columns are a promise; they are the same on every engine. Money is in minor units with its currency beside it.
"""

from __future__ import annotations

from typing import Final

# '0' is the character after '/', so each range holds exactly the streams of one sort and the index finds it.
VIEWS: Final = (
    """
    CREATE VIEW order_lines AS
    SELECT
        o.doc ->> 'order_id' AS order_id,
        (line ->> 'line_id')::int AS line_id,
        line ->> 'sku' AS sku,
        line ->> 'title' AS title,
        (line ->> 'units')::bigint AS units,
        coalesce((counts ->> 'open')::bigint, 0) AS open,
        coalesce((counts ->> 'backordered')::bigint, 0) AS backordered,
        coalesce((counts ->> 'allocated')::bigint, 0) AS allocated,
        coalesce((counts ->> 'picked')::bigint, 0) AS picked,
        coalesce((counts ->> 'packed')::bigint, 0) AS packed,
        coalesce((counts ->> 'shipped')::bigint, 0) AS shipped,
        coalesce((counts ->> 'delivered')::bigint, 0) AS delivered,
        coalesce((counts ->> 'cancelled')::bigint, 0) AS cancelled,
        coalesce((counts ->> 'returned')::bigint, 0) AS returned,
        coalesce((entry ->> 'in_return')::bigint, 0) AS in_return,
        o.doc ->> 'currency' AS currency,
        line #>> '{unit_price,0}' AS unit_price,
        net_minor,
        tax_minor,
        net_minor + tax_minor AS gross_minor,
        line ->> 'tax_code' AS tax_code,
        line ->> 'tax_rate' AS tax_rate
    FROM
        (SELECT state::json AS doc FROM streams WHERE stream >= 'order/' AND stream < 'order0') AS o,
        json_array_elements(o.doc -> 'lines') AS entry,
        LATERAL (SELECT entry -> 'agreed' AS line, entry -> 'quantities' AS counts) AS parts,
        LATERAL (
            SELECT
                (line #>> '{amounts,goods,0}')::bigint
                    + (line #>> '{amounts,shipping,0}')::bigint
                    + (line #>> '{amounts,charges,0}')::bigint AS net_minor,
                (line #>> '{amounts,goods,1}')::bigint
                    + (line #>> '{amounts,shipping,1}')::bigint
                    + (line #>> '{amounts,charges,1}')::bigint AS tax_minor
        ) AS amounts
    """,
    """
    CREATE VIEW orders AS
    SELECT
        o.doc ->> 'order_id' AS order_id,
        o.doc ->> 'channel' AS channel,
        o.doc ->> 'reference' AS reference,
        CASE
            WHEN l.cancelled = l.units THEN 'cancelled'
            WHEN l.unshipped > 0 AND h.holds <> '' THEN 'on hold'
            WHEN l.unshipped > 0 AND l.handed_over > 0 THEN 'partly shipped'
            WHEN l.unshipped > 0 AND l.open = l.unshipped THEN 'open'
            WHEN l.unshipped > 0 AND l.backordered = l.unshipped THEN 'backordered'
            WHEN l.unshipped > 0 THEN 'in progress'
            WHEN l.returned = l.handed_over THEN 'returned'
            WHEN l.returned > 0 THEN 'partly returned'
            WHEN l.delivered = l.handed_over THEN 'delivered'
            ELSE 'shipped'
        END AS status,
        h.holds,
        (o.doc ->> 'placed_at')::timestamptz AS placed_at,
        substr(o.doc ->> 'placed_at', 1, 10)::date AS placed_on,
        o.doc ->> 'person_id' AS person_id,
        o.doc #>> '{destination,country}' AS country,
        coalesce(o.doc #>> '{destination,postcode_area}', '') AS postcode_area,
        l.lines,
        l.units,
        l.unshipped,
        l.handed_over,
        l.cancelled,
        l.returned,
        o.doc ->> 'currency' AS currency,
        l.net_minor,
        l.tax_minor,
        l.gross_minor
    FROM
        (SELECT state::json AS doc FROM streams WHERE stream >= 'order/' AND stream < 'order0') AS o
        CROSS JOIN LATERAL (
            SELECT coalesce(string_agg(hold ->> 0, ', ' ORDER BY at), '') AS holds
            FROM json_array_elements(o.doc -> 'holds') WITH ORDINALITY AS each (hold, at)
        ) AS h
        JOIN (
            SELECT
                order_id,
                count(*) AS lines,
                sum(units)::bigint AS units,
                sum(open)::bigint AS open,
                sum(backordered)::bigint AS backordered,
                sum(open + backordered + allocated + picked + packed)::bigint AS unshipped,
                sum(shipped + delivered + returned)::bigint AS handed_over,
                sum(delivered)::bigint AS delivered,
                sum(cancelled)::bigint AS cancelled,
                sum(returned)::bigint AS returned,
                sum(net_minor)::bigint AS net_minor,
                sum(tax_minor)::bigint AS tax_minor,
                sum(gross_minor)::bigint AS gross_minor
            FROM order_lines
            GROUP BY order_id
        ) AS l ON l.order_id = o.doc ->> 'order_id'
    """,
    """
    CREATE VIEW stock AS
    SELECT
        sku, location, pool,
        sellable + reserved + allocated + picked + held + damaged AS on_hand,
        sellable, reserved, allocated, picked, held, damaged, expected
    FROM stock_levels
    WHERE substr(sku, 1, 10) <> ' capacity '
    """,
    """
    CREATE VIEW shipments AS
    SELECT
        w.doc ->> 'fulfillment_id' AS fulfillment_id,
        w.doc ->> 'order_id' AS order_id,
        w.doc ->> 'location_id' AS location,
        package ->> 'package_id' AS package_id,
        coalesce(package ->> 'carrier', '') AS carrier,
        coalesce(package ->> 'service', '') AS service,
        coalesce(package ->> 'tracking_number', '') AS tracking_number,
        w.doc #>> '{destination,country}' AS country,
        (
            SELECT sum((boxed ->> 1)::bigint)::bigint FROM json_array_elements(package -> 'contents') AS boxed
        ) AS units,
        (package ->> 'mass_g')::bigint AS mass_g,
        package #>> '{postage,1}' AS currency,
        (package #>> '{postage,0}')::bigint AS postage_minor,
        (w.doc ->> 'shipped_at')::timestamptz AS shipped_at,
        substr(w.doc ->> 'shipped_at', 1, 10)::date AS shipped_on,
        (package ->> 'delivered_at')::timestamptz AS delivered_at
    FROM
        (SELECT state::json AS doc FROM streams WHERE stream >= 'work/' AND stream < 'work0') AS w,
        json_array_elements(w.doc -> 'packages') AS package
    WHERE w.doc ->> 'shipped_at' IS NOT NULL
    """,
    """
    CREATE VIEW payments AS
    SELECT
        p.doc ->> 'payment_id' AS payment_id,
        p.doc ->> 'order_id' AS order_id,
        p.doc ->> 'provider' AS provider,
        p.doc #>> '{authorised,1}' AS currency,
        (p.doc #>> '{authorised,0}')::bigint AS authorised_minor,
        (p.doc #>> '{captured,0}')::bigint AS captured_minor,
        (p.doc #>> '{voided,0}')::bigint AS voided_minor,
        (p.doc #>> '{refunded,0}')::bigint AS refunded_minor,
        (
            SELECT count(*) FROM json_array_elements(p.doc -> 'attempts') AS attempt
            WHERE coalesce(attempt ->> 'state', 'requested') = 'requested'
        ) AS unanswered
    FROM (SELECT state::json AS doc FROM streams WHERE stream >= 'payment/' AND stream < 'payment0') AS p
    """,
    """
    CREATE VIEW tasks AS
    SELECT
        task_id, kind, state,
        due_at::timestamptz AS due_at,
        attempt,
        attempt - revived AS tries,
        leased_until::timestamptz AS leased_until,
        note
    FROM task_queue
    """,
    """
    CREATE VIEW journal AS
    SELECT
        e.entry ->> 'entry_id' AS entry_id,
        at::int AS line,
        (e.entry ->> 'at')::timestamptz AS booked_at,
        substr(e.entry ->> 'at', 1, 10)::date AS booked_on,
        e.entry ->> 'says' AS says,
        e.entry ->> 'reference' AS reference,
        posting ->> 'account' AS account,
        posting #>> '{amount,1}' AS currency,
        (posting #>> '{amount,0}')::bigint AS amount_minor
    FROM
        (
            SELECT body::json -> 'entry' AS entry
            FROM events
            WHERE stream >= 'ledger/' AND stream < 'ledger0' AND name = 'EntryPosted'
        ) AS e,
        json_array_elements(e.entry -> 'postings') WITH ORDINALITY AS each (posting, at)
    """,
)
"""The statements that make the views; those that read others come after them."""
