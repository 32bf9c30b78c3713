-- title: 代扣回盘文件的每一行都已入账、记为失败或列为待查，没有遗漏
SELECT
    r.county_code,
    r.id AS return_id,
    r.line_count,
    r.posted_count,
    coalesce(o.posted, 0) AS posted,
    r.failed_count,
    coalesce(o.failed, 0) AS failed,
    r.finding_count,
    coalesce(f.findings, 0) AS findings
FROM collection_returns AS r
LEFT JOIN (
    SELECT
        n.county_code,
        n.return_id,
        count(*) FILTER (WHERE n.result = 'deducted') AS posted,
        coalesce(sum(l.amount_fen) FILTER (WHERE n.result = 'deducted'), 0) AS posted_fen,
        count(*) FILTER (WHERE n.result = 'failed') AS failed,
        coalesce(sum(l.amount_fen) FILTER (WHERE n.result = 'failed'), 0) AS failed_fen
    FROM collection_outcomes AS n
    JOIN collection_lines AS l ON n.county_code = l.county_code AND n.batch_id = l.batch_id AND n.seq = l.seq
    WHERE n.return_id IS NOT NULL
    GROUP BY n.county_code, n.return_id
) AS o ON r.county_code = o.county_code AND r.id = o.return_id
LEFT JOIN (
    SELECT
        county_code,
        return_id,
        count(*) AS findings,
        count(DISTINCT file_line) AS file_lines
    FROM collection_findings
    WHERE return_id IS NOT NULL
    GROUP BY county_code, return_id
) AS f ON r.county_code = f.county_code AND r.id = f.return_id
WHERE
    r.line_count <> r.posted_count + r.failed_count + r.finding_count
    OR r.posted_count <> coalesce(o.posted, 0) OR r.posted_fen <> coalesce(o.posted_fen, 0)
    OR r.failed_count <> coalesce(o.failed, 0) OR r.failed_fen <> coalesce(o.failed_fen, 0)
    OR r.finding_count <> coalesce(f.findings, 0) OR r.finding_count <> coalesce(f.file_lines, 0)
