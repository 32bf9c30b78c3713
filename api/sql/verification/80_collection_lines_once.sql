-- title: 同一人同一年度同时只有一笔代扣在途，每个结果都有其代扣明细
SELECT
    l.county_code,
    l.resident_id,
    l.contribution_year,
    count(*) AS lines
FROM collection_lines AS l
JOIN collection_batches AS b ON l.county_code = b.county_code AND l.batch_id = b.id
LEFT JOIN collection_outcomes AS o ON l.county_code = o.county_code AND l.batch_id = o.batch_id AND l.seq = o.seq
WHERE b.state <> 'discarded' AND o.seq IS NULL
GROUP BY l.county_code, l.resident_id, l.contribution_year
HAVING count(*) > 1
UNION ALL
SELECT
    o.county_code,
    l.resident_id,
    b.contribution_year,
    0
FROM collection_outcomes AS o
LEFT JOIN collection_lines AS l ON o.county_code = l.county_code AND o.batch_id = l.batch_id AND o.seq = l.seq
LEFT JOIN collection_batches AS b ON o.county_code = b.county_code AND o.batch_id = b.id
WHERE l.seq IS NULL OR b.state NOT IN ('sent', 'posted', 'closed') OR l.contribution_year <> b.contribution_year
