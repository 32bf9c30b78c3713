-- title: 每项应发待遇至多由一笔有效的发放指令结清
SELECT l.county_code, l.resident_id, l.month, l.kind, count(*) AS live_lines
  FROM payment_lines l
  JOIN payment_runs r ON r.county_code = l.county_code AND r.id = l.run_id AND r.state <> 'discarded'
  LEFT JOIN payment_refusals f ON f.county_code = l.county_code AND f.run_id = l.run_id AND f.seq = l.seq
 WHERE f.seq IS NULL
 GROUP BY l.county_code, l.resident_id, l.month, l.kind
HAVING count(*) > 1
