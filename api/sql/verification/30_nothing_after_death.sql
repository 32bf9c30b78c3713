-- title: 死亡次月起没有在付或已付的待遇
SELECT d.county_code, d.resident_id, d.month, r.status_on AS died_on, d.line_run_id
  FROM payment_dues d
  JOIN residents r ON r.county_code = d.county_code AND r.id = d.resident_id
 WHERE r.status = 'dead' AND d.line_run_id IS NOT NULL AND d.month > date_trunc('month', r.status_on)
