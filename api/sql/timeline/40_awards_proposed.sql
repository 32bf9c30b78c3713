-- Awards that wait for their decision.
-- :county_code, :resident_id  the person
SELECT
    (w.created_at AT TIME ZONE 'Asia/Shanghai')::date AS on_day,
    w.created_at AS at,
    'award_proposed' AS kind,
    w.id AS ref,
    w.basis AS word,
    NULL::text AS detail,
    w.basic_pension_fen + w.account_pension_fen AS amount_fen,
    w.proposed_by_id AS actor_id,
    'award' AS subject_kind,
    w.id AS subject_id
FROM awards AS w
WHERE w.county_code = :county_code AND w.resident_id = :resident_id AND w.decided_on IS NULL
