-- Collectors with what they hold, the oldest cash first; alarms by the limits of one unit.
-- :low, :high             division codes of their units
-- :collector_id           only this one, or null
-- :alarm                  only those who alarm like this, or null
-- :warn_on, :late_on, :block_on  cash of that day or older warns, is late, blocks
-- :ceiling_fen            cash that blocks
-- :after_on, :after_id    the last one of the page before
-- :maximum                rows at most
WITH known AS (
    SELECT
        u.county_code,
        u.id,
        u.display_name,
        u.division_code,
        u.role,
        u.disabled_at IS NOT NULL AS is_disabled,
        u.receipt_count,
        u.cash_held_fen,
        u.cash_oldest_on,
        coalesce(u.cash_oldest_on, '9999-12-31') AS place_on,
        CASE
            WHEN u.cash_oldest_on <= :block_on OR u.cash_held_fen >= :ceiling_fen THEN 'blocked'
            WHEN u.cash_oldest_on <= :late_on THEN 'late'
            WHEN u.cash_oldest_on <= :warn_on THEN 'warn'
            ELSE 'none'
        END AS alarm
    FROM users AS u
    WHERE
        u.division_code BETWEEN :low AND :high
        AND (u.receipt_count > 0 OR u.id = :collector_id)
        AND u.id = coalesce(cast(:collector_id AS bigint), u.id)
)

SELECT
    k.*,
    d.name AS division_name,
    coalesce(w.waiting_fen, 0) AS waiting_fen,
    coalesce(w.disputed_count, 0) AS disputed_count,
    coalesce(v.void_count, 0) AS void_count,
    coalesce(v.proposed_count, 0) AS proposed_count
FROM known AS k
LEFT JOIN divisions AS d ON k.division_code = d.code
LEFT JOIN
    LATERAL (
        SELECT
            sum(r.amount_fen) AS waiting_fen,
            count(*) FILTER (WHERE r.state = 'disputed') AS disputed_count
        FROM remittances AS r
        WHERE r.county_code = k.county_code AND r.collector_id = k.id AND r.state IN ('recorded', 'disputed')
    ) AS w
    ON TRUE
LEFT JOIN
    LATERAL (
        SELECT
            count(*) FILTER (WHERE o.state = 'confirmed') AS void_count,
            count(*) FILTER (WHERE o.state = 'proposed') AS proposed_count
        FROM receipt_voids AS o
        WHERE o.county_code = k.county_code AND o.collector_id = k.id AND o.state <> 'refused'
    ) AS v
    ON TRUE
WHERE
    k.alarm = coalesce(cast(:alarm AS text), k.alarm)
    AND (k.place_on, k.id) > (cast(:after_on AS date), cast(:after_id AS bigint))
ORDER BY k.place_on, k.id
LIMIT :maximum
