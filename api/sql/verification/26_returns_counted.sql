-- title: 银行回盘的笔数和金额与入账、退回相同，结清批次全部有答复
SELECT
    r.county_code,
    r.id AS run_id,
    b.paid_count,
    s.paid_lines,
    b.refused_count,
    coalesce(f.refused_lines, 0) AS refused_lines
FROM payment_runs AS r
JOIN (
    SELECT
        county_code,
        run_id,
        sum(paid_count) AS paid_count,
        sum(paid_fen) AS paid_fen,
        sum(refused_count) AS refused_count,
        sum(refused_fen) AS refused_fen
    FROM bank_returns
    GROUP BY county_code, run_id
) AS b ON r.county_code = b.county_code AND r.id = b.run_id
LEFT JOIN (
    SELECT
        county_code,
        line_run_id AS run_id,
        count(*) AS paid_lines,
        sum(amount_fen) AS paid_fen
    FROM payment_dues
    WHERE paid_on IS NOT NULL
    GROUP BY county_code, line_run_id
) AS s ON r.county_code = s.county_code AND r.id = s.run_id
LEFT JOIN (
    SELECT
        county_code,
        run_id,
        count(*) AS refused_lines,
        sum(amount_fen) AS refused_fen
    FROM payment_refusals
    GROUP BY county_code, run_id
) AS f ON r.county_code = f.county_code AND r.id = f.run_id
WHERE
    b.paid_count <> coalesce(s.paid_lines, 0) OR b.paid_fen <> coalesce(s.paid_fen, 0)
    OR b.refused_count <> coalesce(f.refused_lines, 0) OR b.refused_fen <> coalesce(f.refused_fen, 0)
    OR (r.state = 'closed' AND b.paid_count + b.refused_count <> r.line_count)
