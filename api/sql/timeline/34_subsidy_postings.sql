-- Subsidies that were put into the account when their money had come, their make-up, and what was taken out again. The
-- journal of a town is not a village's to see, so the posting itself tells.
-- :county_code, :resident_id  the person
SELECT
    p.value_on AS on_day,
    p.created_at AS at,
    CASE
        WHEN p.is_return THEN 'subsidy_taken_back'
        WHEN p.purpose = 'late_interest' THEN 'subsidy_made_up'
        ELSE 'subsidy_posted'
    END AS kind,
    p.journal_id AS ref,
    CAST(p.contribution_year AS text) AS word,
    CAST(NULL AS text) AS detail,
    CASE WHEN p.is_return THEN -p.amount_fen ELSE p.amount_fen END AS amount_fen,
    CAST(NULL AS bigint) AS actor_id,
    CAST(NULL AS text) AS subject_kind,
    CAST(NULL AS bigint) AS subject_id
FROM subsidy_postings AS p
WHERE p.county_code = :county_code AND p.resident_id = :resident_id
