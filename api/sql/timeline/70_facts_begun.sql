-- Dated facts, from the day since which they hold; parts that only continue another across a move are left out.
-- :county_code, :resident_id  the person
SELECT
    coalesce(f.begins_on, (f.recorded_at AT TIME ZONE 'Asia/Shanghai')::date) AS on_day,
    f.recorded_at AS at,
    CASE WHEN f.voided_at IS NULL THEN 'fact_begun' ELSE 'fact_voided' END AS kind,
    f.id AS ref,
    f.kind || ',' || coalesce(f.value, '') AS word,
    coalesce(f.void_reason, f.evidence) AS detail,
    NULL::bigint AS amount_fen,
    coalesce(f.voided_by_id, f.recorded_by_id) AS actor_id,
    'resident_fact' AS subject_kind,
    f.id AS subject_id
FROM resident_facts AS f
WHERE f.county_code = :county_code AND f.resident_id = :resident_id AND f.source_kind <> 'move'
