-- Numbers that should have come to the books by a day and have not: below a number of their block that was used before
-- that day, or left in a block that was handed back. What was declared void but not confirmed is still missing.
-- :county_code    county of the collectors
-- :collector_ids  the collectors
-- :as_of          the day
SELECT
    b.collector_id,
    b.id AS block_id,
    n.number,
    coalesce(h.since_on, b.returned_on) AS since_on,
    h.since_on IS NULL AS is_returned,
    v.id AS void_id
FROM receipt_blocks AS b
CROSS JOIN LATERAL generate_series(b.first_number, b.last_number) AS n (number)
LEFT JOIN
    LATERAL (
        SELECT min(used.on_day) AS since_on
        FROM (
            SELECT p.issued_on AS on_day
            FROM receipts AS p
            WHERE
                p.county_code = b.county_code AND p.collector_id = b.collector_id
                AND p.number > n.number AND p.number <= b.last_number AND p.issued_on < :as_of
            UNION ALL
            SELECT o.decided_on
            FROM receipt_voids AS o
            WHERE
                o.county_code = b.county_code AND o.collector_id = b.collector_id AND o.state = 'confirmed'
                AND o.number > n.number AND o.number <= b.last_number AND o.decided_on < :as_of
        ) AS used
    ) AS h
    ON TRUE
LEFT JOIN receipt_voids AS v
    ON
        b.county_code = v.county_code AND b.collector_id = v.collector_id AND n.number = v.number
        AND v.state = 'proposed'
WHERE
    b.county_code = :county_code
    AND b.collector_id = ANY(:collector_ids)
    AND b.state <> 'exhausted'
    AND b.issued_on < :as_of
    AND (h.since_on IS NOT NULL OR b.returned_on <= :as_of)
    AND NOT EXISTS (
        SELECT 1 FROM receipts AS p
        WHERE p.county_code = b.county_code AND p.collector_id = b.collector_id AND p.number = n.number
    )
    AND NOT EXISTS (
        SELECT 1 FROM receipt_voids AS o
        WHERE
            o.county_code = b.county_code AND o.collector_id = b.collector_id AND o.number = n.number
            AND o.state = 'confirmed'
    )
ORDER BY b.collector_id, n.number
