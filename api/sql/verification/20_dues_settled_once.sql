-- title: 每项应发待遇至多由一笔有效的发放指令结清
SELECT
    l.county_code,
    l.resident_id,
    l.month,
    l.kind,
    count(*) AS live_lines
FROM payment_lines AS l
JOIN payment_runs AS r ON l.county_code = r.county_code AND l.run_id = r.id AND r.state <> 'discarded'
LEFT JOIN payment_refusals AS f ON l.county_code = f.county_code AND l.run_id = f.run_id AND l.seq = f.seq
WHERE f.seq IS NULL
GROUP BY l.county_code, l.resident_id, l.month, l.kind
HAVING count(*) > 1
