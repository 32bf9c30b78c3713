-- Papers taken out of use, with the reason. For readers who may see papers.
-- :county_code, :resident_id  the person
SELECT
    (a.voided_at AT TIME ZONE 'Asia/Shanghai')::date AS on_day,
    a.voided_at AS at,
    'attachment_voided' AS kind,
    a.id AS ref,
    a.kind AS word,
    a.void_reason AS detail,
    NULL::bigint AS amount_fen,
    a.voided_by_id AS actor_id,
    'attachment' AS subject_kind,
    a.id AS subject_id
FROM attachments AS a
WHERE a.county_code = :county_code AND a.resident_id = :resident_id AND a.voided_at IS NOT NULL
