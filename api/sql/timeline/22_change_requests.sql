-- Requests to change an item (P2).
-- :county_code, :resident_id  the person
SELECT
    q.requested_on AS on_day,
    q.created_at AS at,
    'change_requested' AS kind,
    q.id AS ref,
    q.kind AS word,
    NULL::text AS detail,
    NULL::bigint AS amount_fen,
    q.created_by_id AS actor_id,
    'change_request' AS subject_kind,
    q.id AS subject_id
FROM change_requests AS q
WHERE q.county_code = :county_code AND q.resident_id = :resident_id
