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
        json_extract(s.state, '$.order_id') AS order_id,
        json_extract(line.value, '$.agreed.line_id') AS line_id,
        json_extract(line.value, '$.agreed.sku') AS sku,
        json_extract(line.value, '$.agreed.title') AS title,
        json_extract(line.value, '$.agreed.units') AS units,
        coalesce(json_extract(line.value, '$.quantities.open'), 0) AS open,
        coalesce(json_extract(line.value, '$.quantities.backordered'), 0) AS backordered,
        coalesce(json_extract(line.value, '$.quantities.allocated'), 0) AS allocated,
        coalesce(json_extract(line.value, '$.quantities.picked'), 0) AS picked,
        coalesce(json_extract(line.value, '$.quantities.packed'), 0) AS packed,
        coalesce(json_extract(line.value, '$.quantities.shipped'), 0) AS shipped,
        coalesce(json_extract(line.value, '$.quantities.delivered'), 0) AS delivered,
        coalesce(json_extract(line.value, '$.quantities.cancelled'), 0) AS cancelled,
        coalesce(json_extract(line.value, '$.quantities.returned'), 0) AS returned,
        coalesce(json_extract(line.value, '$.in_return'), 0) AS in_return,
        json_extract(s.state, '$.currency') AS currency,
        json_extract(line.value, '$.agreed.unit_price[0]') AS unit_price,
        (json_extract(line.value, '$.agreed.amounts.goods[0]'))
            + (json_extract(line.value, '$.agreed.amounts.shipping[0]'))
            + (json_extract(line.value, '$.agreed.amounts.charges[0]')) AS net_minor,
        (json_extract(line.value, '$.agreed.amounts.goods[1]'))
            + (json_extract(line.value, '$.agreed.amounts.shipping[1]'))
            + (json_extract(line.value, '$.agreed.amounts.charges[1]')) AS tax_minor,
        (json_extract(line.value, '$.agreed.amounts.goods[0]'))
            + (json_extract(line.value, '$.agreed.amounts.shipping[0]'))
            + (json_extract(line.value, '$.agreed.amounts.charges[0]'))
            + (json_extract(line.value, '$.agreed.amounts.goods[1]'))
            + (json_extract(line.value, '$.agreed.amounts.shipping[1]'))
            + (json_extract(line.value, '$.agreed.amounts.charges[1]')) AS gross_minor,
        json_extract(line.value, '$.agreed.tax_code') AS tax_code,
        json_extract(line.value, '$.agreed.tax_rate') AS tax_rate
    FROM streams AS s, json_each(s.state, '$.lines') AS line
    WHERE stream >= 'order/' AND stream < 'order0'
    """,
    """
    CREATE VIEW orders AS
    SELECT
        o.order_id,
        o.channel,
        o.reference,
        CASE
            WHEN l.cancelled = l.units THEN 'cancelled'
            WHEN l.unshipped > 0 AND o.holds <> '' THEN 'on hold'
            WHEN l.unshipped > 0 AND l.handed_over > 0 THEN 'partly shipped'
            WHEN l.unshipped > 0 AND l.open = l.unshipped THEN 'open'
            WHEN l.unshipped > 0 AND l.backordered = l.unshipped THEN 'backordered'
            WHEN l.unshipped > 0 THEN 'in progress'
            WHEN l.returned = l.handed_over THEN 'returned'
            WHEN l.returned > 0 THEN 'partly returned'
            WHEN l.delivered = l.handed_over THEN 'delivered'
            ELSE 'shipped'
        END AS status,
        o.holds,
        o.placed_at,
        substr(o.placed_at, 1, 10) AS placed_on,
        o.person_id,
        o.country,
        o.postcode_area,
        l.lines,
        l.units,
        l.unshipped,
        l.handed_over,
        l.cancelled,
        l.returned,
        o.currency,
        l.net_minor,
        l.tax_minor,
        l.gross_minor
    FROM (
        SELECT
            json_extract(state, '$.order_id') AS order_id,
            json_extract(state, '$.channel') AS channel,
            json_extract(state, '$.reference') AS reference,
            json_extract(state, '$.placed_at') AS placed_at,
            json_extract(state, '$.person_id') AS person_id,
            json_extract(state, '$.destination.country') AS country,
            coalesce(json_extract(state, '$.destination.postcode_area'), '') AS postcode_area,
            json_extract(state, '$.currency') AS currency,
            (
                SELECT coalesce(group_concat(json_extract(hold.value, '$[0]'), ', '), '')
                FROM json_each(state, '$.holds') AS hold
            ) AS holds
        FROM streams
        WHERE stream >= 'order/' AND stream < 'order0'
    ) AS o
    JOIN (
        SELECT
            order_id,
            count(*) AS lines,
            sum(units) AS units,
            sum(open) AS open,
            sum(backordered) AS backordered,
            sum(open + backordered + allocated + picked + packed) AS unshipped,
            sum(shipped + delivered + returned) AS handed_over,
            sum(delivered) AS delivered,
            sum(cancelled) AS cancelled,
            sum(returned) AS returned,
            sum(net_minor) AS net_minor,
            sum(tax_minor) AS tax_minor,
            sum(gross_minor) AS gross_minor
        FROM order_lines
        GROUP BY order_id
    ) AS l ON l.order_id = o.order_id
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
        json_extract(s.state, '$.fulfillment_id') AS fulfillment_id,
        json_extract(s.state, '$.order_id') AS order_id,
        json_extract(s.state, '$.location_id') AS location,
        json_extract(package.value, '$.package_id') AS package_id,
        coalesce(json_extract(package.value, '$.carrier'), '') AS carrier,
        coalesce(json_extract(package.value, '$.service'), '') AS service,
        coalesce(json_extract(package.value, '$.tracking_number'), '') AS tracking_number,
        json_extract(s.state, '$.destination.country') AS country,
        (SELECT sum(json_extract(boxed.value, '$[1]')) FROM json_each(package.value, '$.contents') AS boxed) AS units,
        json_extract(package.value, '$.mass_g') AS mass_g,
        json_extract(package.value, '$.postage[1]') AS currency,
        json_extract(package.value, '$.postage[0]') AS postage_minor,
        json_extract(s.state, '$.shipped_at') AS shipped_at,
        substr(json_extract(s.state, '$.shipped_at'), 1, 10) AS shipped_on,
        json_extract(package.value, '$.delivered_at') AS delivered_at
    FROM streams AS s, json_each(s.state, '$.packages') AS package
    WHERE stream >= 'work/' AND stream < 'work0' AND json_extract(s.state, '$.shipped_at') IS NOT NULL
    """,
    """
    CREATE VIEW payments AS
    SELECT
        json_extract(state, '$.payment_id') AS payment_id,
        json_extract(state, '$.order_id') AS order_id,
        json_extract(state, '$.provider') AS provider,
        json_extract(state, '$.authorised[1]') AS currency,
        json_extract(state, '$.authorised[0]') AS authorised_minor,
        json_extract(state, '$.captured[0]') AS captured_minor,
        json_extract(state, '$.voided[0]') AS voided_minor,
        json_extract(state, '$.refunded[0]') AS refunded_minor,
        (
            SELECT count(*) FROM json_each(state, '$.attempts') AS attempt
            WHERE coalesce(json_extract(attempt.value, '$.state'), 'requested') = 'requested'
        ) AS unanswered
    FROM streams
    WHERE stream >= 'payment/' AND stream < 'payment0'
    """,
    """
    CREATE VIEW tasks AS
    SELECT task_id, kind, state, due_at, attempt, attempt - revived AS tries, leased_until, note
    FROM task_queue
    """,
    """
    CREATE VIEW journal AS
    SELECT
        json_extract(e.body, '$.entry.entry_id') AS entry_id,
        posting.key + 1 AS line,
        json_extract(e.body, '$.entry.at') AS booked_at,
        substr(json_extract(e.body, '$.entry.at'), 1, 10) AS booked_on,
        json_extract(e.body, '$.entry.says') AS says,
        json_extract(e.body, '$.entry.reference') AS reference,
        json_extract(posting.value, '$.account') AS account,
        json_extract(posting.value, '$.amount[1]') AS currency,
        json_extract(posting.value, '$.amount[0]') AS amount_minor
    FROM events AS e, json_each(e.body, '$.entry.postings') AS posting
    WHERE stream >= 'ledger/' AND stream < 'ledger0' AND e.name = 'EntryPosted'
    """,
)
"""The statements that make the views; those that read others come after them."""
