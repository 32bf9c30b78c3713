-- title: 代扣由不同的人计算、审批、报盘和回盘，待查行由两人处理，到账差额由另一人确认
SELECT
    county_code,
    id AS batch_id,
    'batch' AS what,
    maker_id,
    checker_id
FROM collection_batches
WHERE checker_id IN (maker_id, 1) OR (state IN ('approved', 'sent', 'posted', 'closed') AND checker_id IS NULL)
UNION ALL
SELECT
    f.county_code,
    f.batch_id,
    'file',
    b.maker_id,
    f.made_by_id
FROM collection_files AS f
LEFT JOIN collection_batches AS b ON f.county_code = b.county_code AND f.batch_id = b.id
WHERE b.id IS NULL OR f.made_by_id IN (b.maker_id, b.checker_id, 1)
UNION ALL
SELECT
    r.county_code,
    r.batch_id,
    'return',
    b.maker_id,
    r.loaded_by_id
FROM collection_returns AS r
LEFT JOIN collection_batches AS b ON r.county_code = b.county_code AND r.batch_id = b.id
WHERE b.id IS NULL OR r.loaded_by_id IN (b.maker_id, b.checker_id, 1)
UNION ALL
SELECT
    county_code,
    batch_id,
    'finding',
    maker_id,
    checker_id
FROM collection_findings
WHERE checker_id IN (maker_id, 1) OR (state = 'resolved' AND checker_id IS NULL)
UNION ALL
SELECT
    o.county_code,
    o.batch_id,
    'decided_line',
    f.maker_id,
    f.checker_id
FROM collection_outcomes AS o
LEFT JOIN collection_findings AS f
    ON o.county_code = f.county_code AND o.batch_id = f.batch_id AND o.finding_number = f.number
WHERE
    o.finding_number IS NOT NULL
    AND (
        f.number IS NULL OR f.state <> 'resolved' OR f.seq <> o.seq
        OR f.decision <> CASE WHEN o.result = 'deducted' THEN 'paid' ELSE 'failed' END
    )
UNION ALL
SELECT
    j.county_code,
    j.run_id,
    'suspense',
    j.maker_id,
    j.checker_id
FROM journals AS j
JOIN collection_batches AS b ON j.county_code = b.county_code AND j.run_id = b.id
LEFT JOIN fund_lines AS f ON j.county_code = f.county_code AND j.id = f.journal_id AND f.fund_account = 'suspense'
WHERE j.kind = 'suspense' AND (f.party_id IS DISTINCT FROM j.run_id OR j.checker_id IN (j.maker_id, 1))
