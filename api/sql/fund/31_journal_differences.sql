-- Journals that do not balance, or whose account lines differ from what the fund says that it owes; with one person of
-- each, so that whoever looks knows where to begin.
-- :county_code   county
-- :shown         how many are wanted
WITH persons AS (
    SELECT
        l.journal_id,
        sum(l.personal_fen) AS personal_fen,
        sum(l.collective_fen) AS collective_fen,
        sum(l.gov_fen) AS gov_fen,
        min(l.resident_id) AS resident_id,
        count(*) AS person_count
    FROM account_lines AS l
    WHERE l.county_code = :county_code
    GROUP BY l.journal_id
),

fund AS (
    SELECT
        f.journal_id,
        sum(f.debit_fen - f.credit_fen) AS difference_fen,
        coalesce(sum(f.credit_fen - f.debit_fen) FILTER (WHERE f.fund_account = 'liability_personal'), 0) AS personal_fen,
        coalesce(sum(f.credit_fen - f.debit_fen) FILTER (WHERE f.fund_account = 'liability_collective'), 0)
            AS collective_fen,
        coalesce(sum(f.credit_fen - f.debit_fen) FILTER (WHERE f.fund_account = 'liability_gov'), 0) AS gov_fen
    FROM fund_lines AS f
    WHERE f.county_code = :county_code
    GROUP BY f.journal_id
)

SELECT
    coalesce(p.journal_id, f.journal_id) AS journal_id,
    cast(coalesce(f.difference_fen, 0) AS bigint) AS unbalanced_fen,
    cast(coalesce(p.personal_fen, 0) - coalesce(f.personal_fen, 0) AS bigint) AS personal_fen,
    cast(coalesce(p.collective_fen, 0) - coalesce(f.collective_fen, 0) AS bigint) AS collective_fen,
    cast(coalesce(p.gov_fen, 0) - coalesce(f.gov_fen, 0) AS bigint) AS gov_fen,
    p.resident_id,
    coalesce(p.person_count, 0) AS person_count,
    count(*) OVER () AS found
FROM persons AS p
FULL JOIN fund AS f ON p.journal_id = f.journal_id
WHERE
    coalesce(f.difference_fen, 0) <> 0
    OR coalesce(p.personal_fen, 0) <> coalesce(f.personal_fen, 0)
    OR coalesce(p.collective_fen, 0) <> coalesce(f.collective_fen, 0)
    OR coalesce(p.gov_fen, 0) <> coalesce(f.gov_fen, 0)
ORDER BY journal_id
LIMIT :shown
