-- title: 代扣批次的笔数、金额等于其明细、报盘文件和结果之和，结清的批次每笔都有结果
SELECT
    b.county_code,
    b.id AS batch_id,
    b.line_count,
    coalesce(l.lines, 0) AS lines,
    coalesce(f.lines, 0) AS file_lines,
    b.deducted_count,
    coalesce(l.deducted, 0) AS deducted,
    b.failed_count,
    coalesce(l.failed, 0) AS failed
FROM collection_batches AS b
LEFT JOIN (
    SELECT
        n.county_code,
        n.batch_id,
        count(*) AS lines,
        max(n.seq) AS last_seq,
        sum(n.amount_fen) AS total_fen,
        count(*) FILTER (WHERE o.result = 'deducted') AS deducted,
        coalesce(sum(n.amount_fen) FILTER (WHERE o.result = 'deducted'), 0) AS deducted_fen,
        count(*) FILTER (WHERE o.result = 'failed') AS failed,
        coalesce(sum(n.amount_fen) FILTER (WHERE o.result = 'failed'), 0) AS failed_fen
    FROM collection_lines AS n
    LEFT JOIN collection_outcomes AS o ON n.county_code = o.county_code AND n.batch_id = o.batch_id AND n.seq = o.seq
    GROUP BY n.county_code, n.batch_id
) AS l ON b.county_code = l.county_code AND b.id = l.batch_id
LEFT JOIN (
    SELECT
        county_code,
        batch_id,
        sum(line_count) AS lines,
        sum(last_seq - first_seq + 1) AS seqs,
        sum(total_fen) AS total_fen
    FROM collection_files
    GROUP BY county_code, batch_id
) AS f ON b.county_code = f.county_code AND b.id = f.batch_id
WHERE
    b.line_count <> coalesce(l.lines, 0) OR b.line_count <> coalesce(l.last_seq, 0)
    OR b.total_fen <> coalesce(l.total_fen, 0)
    OR b.deducted_count <> coalesce(l.deducted, 0) OR b.deducted_fen <> coalesce(l.deducted_fen, 0)
    OR b.failed_count <> coalesce(l.failed, 0) OR b.failed_fen <> coalesce(l.failed_fen, 0)
    OR (b.state = 'closed') <> (b.deducted_count + b.failed_count = b.line_count AND b.state IN ('sent', 'posted', 'closed'))
    OR (
        b.state IN ('sent', 'posted', 'closed')
        AND (
            coalesce(f.lines, 0) <> b.line_count OR coalesce(f.seqs, 0) <> b.line_count
            OR coalesce(f.total_fen, 0) <> b.total_fen
        )
    )
    OR (b.state NOT IN ('sent', 'posted', 'closed') AND (f.lines IS NOT NULL OR b.deducted_count + b.failed_count > 0))
