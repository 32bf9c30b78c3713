-- What was said at the steps of 注销登记.
-- :county_code, :resident_id  the person
SELECT
    d.decided_on AS on_day,
    d.decided_at AS at,
    'cancellation_' || d.decision AS kind,
    d.id AS ref,
    d.step AS word,
    d.opinion AS detail,
    NULL::bigint AS amount_fen,
    d.decided_by_id AS actor_id,
    'cancellation' AS subject_kind,
    x.id AS subject_id
FROM cancellations AS x
INNER JOIN cancellation_decisions AS d ON x.county_code = d.county_code AND x.id = d.cancellation_id
WHERE x.county_code = :county_code AND x.resident_id = :resident_id
