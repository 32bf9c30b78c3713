-- Contributions: year, channel, subsidy and subsidy that waits for its money, in fen, as the detail.
-- :county_code, :resident_id  the person
SELECT
    c.paid_on AS on_day,
    c.created_at AS at,
    'contribution' AS kind,
    c.id AS ref,
    c.kind AS word,
    c.contribution_year || ',' || c.channel || ',' || c.subsidy_fen || ',' || c.waiting_subsidy_fen AS detail,
    c.amount_fen,
    c.recorded_by_id AS actor_id,
    'contribution' AS subject_kind,
    c.id AS subject_id
FROM contributions AS c
WHERE c.county_code = :county_code AND c.resident_id = :resident_id
