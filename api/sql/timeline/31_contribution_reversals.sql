-- Reversals of contributions: year and reason as the detail.
-- :county_code, :resident_id  the person
SELECT
    coalesce(j.business_date, c.paid_on) AS on_day,
    coalesce(j.created_at, c.created_at + interval '1 millisecond') AS at,
    'contribution_reversed' AS kind,
    c.id AS ref,
    c.kind AS word,
    c.contribution_year || ',' || coalesce(c.reversal_reason, '') AS detail,
    -c.amount_fen AS amount_fen,
    c.reversed_by_id AS actor_id,
    'contribution' AS subject_kind,
    c.id AS subject_id
FROM contributions AS c
LEFT JOIN journals AS j ON c.county_code = j.county_code AND c.reversal_journal_id = j.id
WHERE c.county_code = :county_code AND c.resident_id = :resident_id AND c.state = 'reversed'
