-- title: 有效的发放指令与应发待遇金额相同
SELECT l.county_code, l.run_id, l.seq, l.resident_id, l.amount_fen, d.amount_fen AS due_fen, d.line_run_id
  FROM payment_lines l
  JOIN payment_runs r ON r.county_code = l.county_code AND r.id = l.run_id AND r.state <> 'discarded'
  LEFT JOIN payment_refusals f ON f.county_code = l.county_code AND f.run_id = l.run_id AND f.seq = l.seq
  LEFT JOIN payment_dues d
    ON d.county_code = l.county_code AND d.resident_id = l.resident_id AND d.month = l.month AND d.kind = l.kind
 WHERE f.seq IS NULL
   AND (d.resident_id IS NULL OR d.line_run_id IS DISTINCT FROM l.run_id OR d.amount_fen <> l.amount_fen
        OR d.basic_fen <> l.basic_fen OR d.account_fen <> l.account_fen)
