-- title: 参保登记三个环节由三人办理，逐环节同意
SELECT e.county_code, e.id AS enrolment_id, count(d.id) AS approvals, count(DISTINCT d.decided_by_id) AS persons
  FROM enrolments e
  LEFT JOIN enrolment_decisions d
    ON d.county_code = e.county_code AND d.enrolment_id = e.id AND d.round = e.round AND d.decision = 'approve'
 WHERE e.state = 'county_approved'
 GROUP BY e.county_code, e.id
HAVING count(DISTINCT d.step) <> 3 OR count(DISTINCT d.decided_by_id) <> 3
