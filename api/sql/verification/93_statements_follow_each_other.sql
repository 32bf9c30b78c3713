-- title: 银行对账单首尾相接，期初加明细等于期末
WITH chained AS (
    SELECT
        county_code,
        account,
        id,
        from_on,
        opening_fen,
        closing_fen,
        line_count,
        lag(to_on) OVER (PARTITION BY county_code, account ORDER BY to_on, id) AS previous_to,
        lag(closing_fen) OVER (PARTITION BY county_code, account ORDER BY to_on, id) AS previous_fen
    FROM bank_statements
),

summed AS (
    SELECT
        county_code,
        statement_id,
        sum(amount_fen) AS amount_fen,
        count(*) AS line_count
    FROM bank_statement_lines
    GROUP BY county_code, statement_id
)

SELECT
    c.county_code,
    c.id AS statement_id,
    c.closing_fen - c.opening_fen - coalesce(s.amount_fen, 0) AS difference_fen,
    c.line_count - coalesce(s.line_count, 0) AS missing_lines
FROM chained AS c
LEFT JOIN summed AS s ON c.county_code = s.county_code AND c.id = s.statement_id
WHERE
    c.closing_fen <> c.opening_fen + coalesce(s.amount_fen, 0)
    OR c.line_count <> coalesce(s.line_count, 0)
    OR (c.previous_fen IS NOT NULL AND c.previous_fen <> c.opening_fen)
    OR (c.previous_to IS NOT NULL AND c.from_on > c.previous_to + 1)
