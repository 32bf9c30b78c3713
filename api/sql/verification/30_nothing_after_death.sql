-- title: 死亡次月起没有在付或已付而未追回的待遇
SELECT
    d.county_code,
    d.resident_id,
    d.month,
    r.status_on AS died_on,
    d.line_run_id
FROM payment_dues AS d
JOIN residents AS r ON d.county_code = r.county_code AND d.resident_id = r.id
WHERE r.status = 'dead' AND d.line_run_id IS NOT NULL AND d.recovery_id IS NULL AND d.month > date_trunc('month', r.status_on)
