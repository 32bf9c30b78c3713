-- title: 标记已发的待遇都有一笔未被退回的发放指令
SELECT d.county_code, d.resident_id, d.month, d.kind, d.line_run_id, d.paid_on
  FROM payment_dues d
  LEFT JOIN payment_lines l
    ON l.county_code = d.county_code AND l.run_id = d.line_run_id AND l.resident_id = d.resident_id AND l.month = d.month
       AND l.kind = d.kind
  LEFT JOIN payment_refusals f ON f.county_code = l.county_code AND f.run_id = l.run_id AND f.seq = l.seq
 WHERE (d.paid_on IS NOT NULL AND (d.line_run_id IS NULL OR l.seq IS NULL OR f.seq IS NOT NULL))
    OR (d.line_run_id IS NOT NULL AND l.seq IS NULL)
