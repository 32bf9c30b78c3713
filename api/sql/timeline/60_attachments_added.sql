-- Papers and photos that came in. For readers who may see papers.
-- :county_code, :resident_id  the person
SELECT
    (a.created_at AT TIME ZONE 'Asia/Shanghai')::date AS on_day,
    a.created_at AS at,
    'attachment_added' AS kind,
    a.id AS ref,
    a.kind AS word,
    a.title AS detail,
    NULL::bigint AS amount_fen,
    a.uploaded_by_id AS actor_id,
    'attachment' AS subject_kind,
    a.id AS subject_id
FROM attachments AS a
WHERE a.county_code = :county_code AND a.resident_id = :resident_id
