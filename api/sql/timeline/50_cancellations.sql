-- 注销登记 handed in.
-- :county_code, :resident_id  the person
SELECT
    x.reported_on AS on_day,
    x.created_at AS at,
    'cancellation_applied' AS kind,
    x.id AS ref,
    x.reason AS word,
    x.event_on::text AS detail,
    NULL::bigint AS amount_fen,
    x.created_by_id AS actor_id,
    'cancellation' AS subject_kind,
    x.id AS subject_id
FROM cancellations AS x
WHERE x.county_code = :county_code AND x.resident_id = :resident_id
