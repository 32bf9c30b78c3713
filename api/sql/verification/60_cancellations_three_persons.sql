-- title: 注销登记三个环节由三人办理，复核后才有结算
SELECT
    c.county_code,
    c.id AS cancellation_id,
    count(DISTINCT d.step) AS approvals,
    count(DISTINCT d.decided_by_id) AS persons,
    FALSE AS settled_too_early
FROM cancellations AS c
LEFT JOIN cancellation_decisions AS d
    ON c.county_code = d.county_code AND c.id = d.cancellation_id AND c.round = d.round AND d.decision = 'approve'
WHERE c.state IN ('county_approved', 'archived')
GROUP BY c.county_code, c.id
HAVING count(DISTINCT d.step) <> 3 OR count(DISTINCT d.decided_by_id) <> 3
UNION ALL
SELECT
    s.county_code,
    s.cancellation_id,
    0,
    0,
    TRUE
FROM settlements AS s
LEFT JOIN cancellations AS c ON s.county_code = c.county_code AND s.cancellation_id = c.id
WHERE
    c.id IS NULL OR c.resident_id <> s.resident_id
    OR (s.state IN ('computed', 'approved', 'paid', 'closed') AND c.state NOT IN ('county_approved', 'archived'))
