-- title: 任务导入的行数相符：入库加拒绝等于总行数，拒绝的行都有说明
SELECT
    i.county_code,
    i.id,
    i.row_count,
    i.accepted_count,
    i.refused_count,
    coalesce(f.refused_rows, 0) AS explained
FROM imports AS i
LEFT JOIN (
    SELECT
        county_code,
        import_id,
        round,
        count(DISTINCT row_no) AS refused_rows
    FROM import_findings
    WHERE severity = 'refusal'
    GROUP BY county_code, import_id, round
) AS f ON i.county_code = f.county_code AND i.id = f.import_id AND i.round = f.round
WHERE
    i.job_id IS NOT NULL
    AND i.state = 'applied'
    AND (
        i.accepted_count + i.refused_count <> i.row_count
        OR i.refused_count <> coalesce(f.refused_rows, 0)
        OR i.created_count + i.changed_count + i.unchanged_count <> i.accepted_count
    )
