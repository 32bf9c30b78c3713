-- title: 在途资金等于已报盘而银行未答复的金额
SELECT coalesce(g.county_code, u.county_code) AS county_code, coalesce(g.in_transit_fen, 0) AS in_transit_fen,
       coalesce(u.unanswered_fen, 0) AS unanswered_fen
  FROM (
    SELECT county_code, sum(debit_fen - credit_fen) AS in_transit_fen
      FROM fund_lines
     WHERE fund_account = 'in_transit'
     GROUP BY county_code
  ) g
  FULL JOIN (
    SELECT l.county_code, sum(l.amount_fen) AS unanswered_fen
      FROM payment_runs r
      JOIN payment_lines l ON l.county_code = r.county_code AND l.run_id = r.id
      LEFT JOIN payment_refusals f ON f.county_code = l.county_code AND f.run_id = l.run_id AND f.seq = l.seq
      LEFT JOIN payment_dues d
        ON d.county_code = l.county_code AND d.resident_id = l.resident_id AND d.month = l.month AND d.kind = l.kind
     WHERE r.state IN ('sent', 'closed') AND f.seq IS NULL AND d.paid_on IS NULL
     GROUP BY l.county_code
  ) u ON u.county_code = g.county_code
 WHERE coalesce(g.in_transit_fen, 0) <> coalesce(u.unanswered_fen, 0)
