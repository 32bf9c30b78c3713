-- title: 有效的发放指令与应发待遇金额相同
SELECT
    l.county_code,
    l.run_id,
    l.seq,
    l.resident_id,
    l.amount_fen,
    d.amount_fen AS due_fen,
    d.line_run_id
FROM payment_lines AS l
JOIN payment_runs AS r ON l.county_code = r.county_code AND l.run_id = r.id AND r.state <> 'discarded'
LEFT JOIN payment_refusals AS f ON l.county_code = f.county_code AND l.run_id = f.run_id AND l.seq = f.seq
LEFT JOIN payment_dues AS d
    ON l.county_code = d.county_code AND l.resident_id = d.resident_id AND l.month = d.month AND l.kind = d.kind
WHERE
    f.seq IS NULL
    AND (
        d.resident_id IS NULL OR d.line_run_id IS DISTINCT FROM l.run_id OR d.amount_fen <> l.amount_fen
        OR d.basic_fen <> l.basic_fen OR d.account_fen <> l.account_fen
    )
