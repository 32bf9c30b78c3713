-- title: 标记已发的待遇都有一笔未被退回的发放指令
SELECT
    d.county_code,
    d.resident_id,
    d.month,
    d.kind,
    d.line_run_id,
    d.paid_on
FROM payment_dues AS d
LEFT JOIN payment_lines AS l
    ON
        d.county_code = l.county_code AND d.line_run_id = l.run_id AND d.resident_id = l.resident_id AND d.month = l.month
        AND d.kind = l.kind
LEFT JOIN payment_refusals AS f ON l.county_code = f.county_code AND l.run_id = f.run_id AND l.seq = f.seq
WHERE
    (d.paid_on IS NOT NULL AND (d.line_run_id IS NULL OR l.seq IS NULL OR f.seq IS NOT NULL))
    OR (d.line_run_id IS NOT NULL AND l.seq IS NULL)
