-- The entry into the roster. Later versions name their own source; the first one's is in the oldest row that is kept.
-- :county_code, :resident_id  the person
SELECT
    (r.created_at AT TIME ZONE 'Asia/Shanghai')::date AS on_day,
    r.created_at AS at,
    'resident_registered' AS kind,
    r.id AS ref,
    NULL::text AS word,
    NULL::text AS detail,
    NULL::bigint AS amount_fen,
    coalesce((v.row ->> 'source_id')::bigint, r.source_id) AS actor_id,
    NULL::text AS subject_kind,
    NULL::bigint AS subject_id
FROM residents AS r
LEFT JOIN resident_versions AS v ON r.county_code = v.county_code AND r.id = v.resident_id AND v.version = 1
WHERE r.county_code = :county_code AND r.id = :resident_id
