-- Applications for 参保登记.
-- :county_code, :resident_id  the person
SELECT
    e.applied_on AS on_day,
    e.created_at AS at,
    'enrolment_applied' AS kind,
    e.id AS ref,
    e.rhythm AS word,
    NULL::text AS detail,
    e.tier_fen AS amount_fen,
    e.created_by_id AS actor_id,
    'enrolment' AS subject_kind,
    e.id AS subject_id
FROM enrolments AS e
WHERE e.county_code = :county_code AND e.resident_id = :resident_id
