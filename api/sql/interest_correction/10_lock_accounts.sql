-- Locks the accounts in the order of their persons and says what they have in common; those whose interest does not
-- reach the day are locked and left out.
-- :county_code, :resident_ids  whose accounts
-- :since                       earliest value date of what was posted
WITH locked AS (
    SELECT
        a.resident_id,
        a.division_code,
        a.state,
        a.interest_through
    FROM accounts AS a
    WHERE a.county_code = :county_code AND a.resident_id = any(CAST(:resident_ids AS bigint[]))
    ORDER BY a.resident_id
    FOR UPDATE
)

SELECT
    count(*) AS account_count,
    count(*) FILTER (WHERE l.state <> 'open') AS ended_count,
    coalesce(array_agg(l.resident_id ORDER BY l.resident_id), '{}') AS resident_ids,
    min(l.division_code) AS first_division,
    max(l.division_code) AS last_division
FROM locked AS l
WHERE l.interest_through >= :since
