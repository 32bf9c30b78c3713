-- title: 批次的笔数和金额等于其明细，序号连续
SELECT
    r.county_code,
    r.id AS run_id,
    r.line_count,
    coalesce(l.lines, 0) AS lines,
    r.total_fen,
    coalesce(l.total_fen, 0) AS lines_fen
FROM payment_runs AS r
LEFT JOIN (
    SELECT
        county_code,
        run_id,
        count(*) AS lines,
        sum(amount_fen) AS total_fen,
        max(seq) AS last_seq,
        min(seq) AS first_seq
    FROM payment_lines
    GROUP BY county_code, run_id
) AS l ON r.county_code = l.county_code AND r.id = l.run_id
WHERE
    r.line_count <> coalesce(l.lines, 0) OR r.total_fen <> coalesce(l.total_fen, 0)
    OR coalesce(l.last_seq, 0) <> coalesce(l.lines, 0) OR coalesce(l.first_seq, 1) <> 1
