-- title: 没有脱离凭证的分录
SELECT
    county_code,
    journal_id,
    'account_lines' AS table_name
FROM account_lines AS l
WHERE
    NOT EXISTS (
        SELECT 1 FROM journals AS j
        WHERE j.county_code = l.county_code AND j.id = l.journal_id
    )
UNION ALL
SELECT
    county_code,
    journal_id,
    'fund_lines'
FROM fund_lines AS l
WHERE NOT EXISTS (
    SELECT 1 FROM journals AS j
    WHERE j.county_code = l.county_code AND j.id = l.journal_id
)
