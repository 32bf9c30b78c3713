-- title: 参保登记三个环节由三人办理，逐环节同意
SELECT
    e.county_code,
    e.id AS enrolment_id,
    count(d.id) AS approvals,
    count(DISTINCT d.decided_by_id) AS persons
FROM enrolments AS e
LEFT JOIN enrolment_decisions AS d
    ON e.county_code = d.county_code AND e.id = d.enrolment_id AND e.round = d.round AND d.decision = 'approve'
WHERE e.state = 'county_approved'
GROUP BY e.county_code, e.id
HAVING count(DISTINCT d.step) <> 3 OR count(DISTINCT d.decided_by_id) <> 3
