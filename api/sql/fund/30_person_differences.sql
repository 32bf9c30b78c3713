-- Whose balance is not the sum of their lines: nobody's, when the books are right.
-- :county_code   county
-- :shown         how many are wanted
WITH lines AS (
    SELECT
        l.resident_id,
        sum(l.personal_fen) AS personal_fen,
        sum(l.collective_fen) AS collective_fen,
        sum(l.gov_fen) AS gov_fen
    FROM account_lines AS l
    WHERE l.county_code = :county_code
    GROUP BY l.resident_id
)

SELECT
    coalesce(a.resident_id, l.resident_id) AS resident_id,
    cast(coalesce(a.personal_fen, 0) - coalesce(l.personal_fen, 0) AS bigint) AS personal_fen,
    cast(coalesce(a.collective_fen, 0) - coalesce(l.collective_fen, 0) AS bigint) AS collective_fen,
    cast(coalesce(a.gov_fen, 0) - coalesce(l.gov_fen, 0) AS bigint) AS gov_fen,
    count(*) OVER () AS found
FROM (
    SELECT
        resident_id,
        personal_fen,
        collective_fen,
        gov_fen
    FROM accounts
    WHERE county_code = :county_code
) AS a
FULL JOIN lines AS l ON a.resident_id = l.resident_id
WHERE
    coalesce(a.personal_fen, 0) <> coalesce(l.personal_fen, 0)
    OR coalesce(a.collective_fen, 0) <> coalesce(l.collective_fen, 0)
    OR coalesce(a.gov_fen, 0) <> coalesce(l.gov_fen, 0)
ORDER BY resident_id
LIMIT :shown
