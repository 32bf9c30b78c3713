-- Decisions about awards.
-- :county_code, :resident_id  the person
SELECT
    w.decided_on AS on_day,
    coalesce(w.decided_at, w.created_at) AS at,
    'award_' || w.state AS kind,
    w.id AS ref,
    to_char(w.start_month, 'YYYY-MM') AS word,
    w.opinion AS detail,
    w.basic_pension_fen + w.account_pension_fen AS amount_fen,
    w.decided_by_id AS actor_id,
    'award' AS subject_kind,
    w.id AS subject_id
FROM awards AS w
WHERE w.county_code = :county_code AND w.resident_id = :resident_id AND w.decided_on IS NOT NULL
