-- title: 在途资金等于已报盘而银行未答复的金额
SELECT
    coalesce(g.county_code, u.county_code) AS county_code,
    coalesce(g.in_transit_fen, 0) AS in_transit_fen,
    coalesce(u.unanswered_fen, 0) AS unanswered_fen
FROM (
    SELECT
        county_code,
        sum(debit_fen - credit_fen) AS in_transit_fen
    FROM fund_lines
    WHERE fund_account = 'in_transit'
    GROUP BY county_code
) AS g
FULL JOIN (
    SELECT
        l.county_code,
        sum(l.amount_fen) AS unanswered_fen
    FROM payment_runs AS r
    JOIN payment_lines AS l ON r.county_code = l.county_code AND r.id = l.run_id
    LEFT JOIN payment_refusals AS f ON l.county_code = f.county_code AND l.run_id = f.run_id AND l.seq = f.seq
    LEFT JOIN payment_dues AS d
        ON l.county_code = d.county_code AND l.resident_id = d.resident_id AND l.month = d.month AND l.kind = d.kind
    WHERE r.state IN ('sent', 'closed') AND f.seq IS NULL AND d.paid_on IS NULL
    GROUP BY l.county_code
) AS u ON g.county_code = u.county_code
WHERE coalesce(g.in_transit_fen, 0) <> coalesce(u.unanswered_fen, 0)
