-- Former and additional documents.
-- :county_code, :resident_id  the person
SELECT
    (t.recorded_at AT TIME ZONE 'Asia/Shanghai')::date AS on_day,
    t.recorded_at AS at,
    'document_recorded' AS kind,
    t.id AS ref,
    t.kind || ',' || t.reason AS word,
    t.evidence AS detail,
    NULL::bigint AS amount_fen,
    t.recorded_by_id AS actor_id,
    CASE WHEN t.request_id IS NULL THEN NULL ELSE 'change_request' END AS subject_kind,
    t.request_id AS subject_id
FROM resident_documents AS t
WHERE t.county_code = :county_code AND t.resident_id = :resident_id
