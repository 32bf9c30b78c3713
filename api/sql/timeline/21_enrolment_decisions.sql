-- Decisions about 参保登记, with the opinion.
-- :county_code, :resident_id  the person
SELECT
    d.decided_on AS on_day,
    d.decided_at AS at,
    'enrolment_' || d.decision AS kind,
    d.id AS ref,
    d.step AS word,
    d.opinion AS detail,
    NULL::bigint AS amount_fen,
    d.decided_by_id AS actor_id,
    'enrolment' AS subject_kind,
    e.id AS subject_id
FROM enrolments AS e
INNER JOIN enrolment_decisions AS d ON e.county_code = d.county_code AND e.id = d.enrolment_id
WHERE e.county_code = :county_code AND e.resident_id = :resident_id
