-- title: 个人账户明细之和等于基金账上的统驭科目(逐凭证、逐来源)
WITH persons AS (
    SELECT
        county_code,
        journal_id,
        sum(personal_fen) AS personal_fen,
        sum(collective_fen) AS collective_fen,
        sum(gov_fen) AS gov_fen
    FROM account_lines
    GROUP BY county_code, journal_id
),

fund AS (
    SELECT
        county_code,
        journal_id,
        coalesce(sum(credit_fen - debit_fen) FILTER (WHERE fund_account = 'liability_personal'), 0) AS personal_fen,
        coalesce(sum(credit_fen - debit_fen) FILTER (WHERE fund_account = 'liability_collective'), 0) AS collective_fen,
        coalesce(sum(credit_fen - debit_fen) FILTER (WHERE fund_account = 'liability_gov'), 0) AS gov_fen
    FROM fund_lines
    GROUP BY county_code, journal_id
)

SELECT
    coalesce(p.county_code, f.county_code) AS county_code,
    coalesce(p.journal_id, f.journal_id) AS journal_id,
    coalesce(p.personal_fen, 0) - coalesce(f.personal_fen, 0) AS personal_difference_fen,
    coalesce(p.collective_fen, 0) - coalesce(f.collective_fen, 0) AS collective_difference_fen,
    coalesce(p.gov_fen, 0) - coalesce(f.gov_fen, 0) AS gov_difference_fen
FROM persons AS p
FULL JOIN fund AS f ON p.county_code = f.county_code AND p.journal_id = f.journal_id
WHERE
    coalesce(p.personal_fen, 0) <> coalesce(f.personal_fen, 0)
    OR coalesce(p.collective_fen, 0) <> coalesce(f.collective_fen, 0) OR coalesce(p.gov_fen, 0) <> coalesce(f.gov_fen, 0)
