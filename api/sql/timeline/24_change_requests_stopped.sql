-- Requests that ended without a decision.
-- :county_code, :resident_id  the person
SELECT
    coalesce(q.since_on, q.requested_on) AS on_day,
    q.updated_at AS at,
    'change_stopped' AS kind,
    q.id AS ref,
    q.kind AS word,
    q.stop AS detail,
    NULL::bigint AS amount_fen,
    NULL::bigint AS actor_id,
    'change_request' AS subject_kind,
    q.id AS subject_id
FROM change_requests AS q
WHERE q.county_code = :county_code AND q.resident_id = :resident_id AND q.stop IS NOT NULL
