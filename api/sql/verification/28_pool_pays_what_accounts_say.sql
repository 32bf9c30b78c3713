-- title: 统筹基金支出等于明细中由基金支付的部分
SELECT
    coalesce(a.county_code, f.county_code) AS county_code,
    coalesce(a.journal_id, f.journal_id) AS journal_id,
    coalesce(a.fund_fen, 0) AS lines_fen,
    coalesce(f.pool_fen, 0) AS pool_fen
FROM (SELECT
    county_code,
    journal_id,
    sum(fund_fen) AS fund_fen
FROM account_lines
GROUP BY county_code, journal_id) AS a
FULL JOIN (
    SELECT
        county_code,
        journal_id,
        sum(debit_fen - credit_fen) AS pool_fen
    FROM fund_lines
    -- Government's money for the basic pension enters the pool by itself, which no person's line answers to.
    WHERE
        fund_account = 'pool'
        AND (county_code, journal_id) NOT IN (
            SELECT
                county_code,
                id
            FROM journals
            WHERE kind IN ('fund_transfer', 'subsidy_received')
        )
    GROUP BY county_code, journal_id
) AS f ON a.county_code = f.county_code AND a.journal_id = f.journal_id
WHERE coalesce(a.fund_fen, 0) <> coalesce(f.pool_fen, 0)
