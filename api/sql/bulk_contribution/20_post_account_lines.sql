-- Account lines and balances in one statement; somebody who pays two years in one list gets two lines.
-- :county_code  county of the list
WITH sums AS (
    SELECT
        j.resident_id,
        sum(j.personal_fen) AS personal_fen,
        sum(j.gov_fen) AS gov_fen
    FROM judged_contributions AS j
    GROUP BY j.resident_id
),

changed AS (
    UPDATE accounts AS a
    SET
        personal_fen = a.personal_fen + sums.personal_fen,
        gov_fen = a.gov_fen + sums.gov_fen
    FROM sums
    WHERE a.county_code = :county_code AND a.resident_id = sums.resident_id
    RETURNING a.resident_id
)

INSERT INTO account_lines (
    county_code, resident_id, journal_id, value_year, value_month, division_code, personal_fen, gov_fen,
    contribution_year
)
SELECT
    :county_code,
    j.resident_id,
    j.journal_id,
    extract(YEAR FROM j.paid_on),
    extract(MONTH FROM j.paid_on),
    j.division_code,
    j.personal_fen,
    j.gov_fen,
    j.contribution_year
FROM judged_contributions AS j
INNER JOIN changed ON j.resident_id = changed.resident_id
ORDER BY j.resident_id, j.journal_id
