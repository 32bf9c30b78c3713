-- title: 已发待遇与个人账户支出、基金支出相同(逐批次)
SELECT
    coalesce(p.county_code, l.county_code) AS county_code,
    coalesce(p.run_id, l.run_id) AS run_id,
    p.amount_fen AS paid_fen,
    l.amount_fen AS ledger_fen
FROM (
    SELECT
        d.county_code,
        d.line_run_id AS run_id,
        sum(d.amount_fen) AS amount_fen,
        sum(n.personal_fen) AS personal_fen,
        sum(n.collective_fen) AS collective_fen,
        sum(n.gov_fen) AS gov_fen,
        sum(n.fund_fen) AS fund_fen
    FROM payment_dues AS d
    JOIN payment_lines AS n
        ON
            d.county_code = n.county_code AND d.line_run_id = n.run_id AND d.resident_id = n.resident_id
            AND d.month = n.month AND d.kind = n.kind
    WHERE d.paid_on IS NOT NULL
    GROUP BY d.county_code, d.line_run_id
) AS p
FULL JOIN (
    SELECT
        j.county_code,
        j.run_id,
        sum(a.fund_fen - a.personal_fen - a.collective_fen - a.gov_fen) AS amount_fen,
        -sum(a.personal_fen) AS personal_fen,
        -sum(a.collective_fen) AS collective_fen,
        -sum(a.gov_fen) AS gov_fen,
        sum(a.fund_fen) AS fund_fen
    FROM journals AS j
    JOIN account_lines AS a ON j.county_code = a.county_code AND j.id = a.journal_id
    WHERE j.kind = 'payment_settled'
    GROUP BY j.county_code, j.run_id
) AS l ON p.county_code = l.county_code AND p.run_id = l.run_id
WHERE
    p.amount_fen IS DISTINCT FROM l.amount_fen OR p.personal_fen IS DISTINCT FROM l.personal_fen
    OR p.collective_fen IS DISTINCT FROM l.collective_fen OR p.gov_fen IS DISTINCT FROM l.gov_fen
    OR p.fund_fen IS DISTINCT FROM l.fund_fen
