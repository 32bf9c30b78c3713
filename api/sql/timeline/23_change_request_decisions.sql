-- What was said at the steps of a request to change an item.
-- :county_code, :resident_id  the person
SELECT
    d.decided_on AS on_day,
    d.decided_at AS at,
    'change_' || d.decision AS kind,
    d.id AS ref,
    q.kind || ',' || d.step AS word,
    d.opinion AS detail,
    NULL::bigint AS amount_fen,
    d.decided_by_id AS actor_id,
    'change_request' AS subject_kind,
    q.id AS subject_id
FROM change_requests AS q
INNER JOIN change_request_decisions AS d ON q.county_code = d.county_code AND q.id = d.request_id
WHERE q.county_code = :county_code AND q.resident_id = :resident_id
