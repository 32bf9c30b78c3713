-- title: 变更登记每个环节各由一人同意，须县级复核的由三人办理
SELECT
    c.county_code,
    c.id AS request_id,
    c.kind,
    count(d.id) AS approvals,
    count(DISTINCT d.decided_by_id) AS persons
FROM change_requests AS c
LEFT JOIN change_request_decisions AS d
    ON c.county_code = d.county_code AND c.id = d.request_id AND c.round = d.round AND d.decision = 'approve'
WHERE c.state = 'archived'
GROUP BY c.county_code, c.id
HAVING
    count(DISTINCT d.decided_by_id) <> CASE
        WHEN
            c.kind IN (
                'phone', 'address', 'village_group', 'ethnicity',
                'household_split', 'household_merge', 'household_move', 'household_head'
            )
            THEN 2
        ELSE 3
    END
    OR count(DISTINCT d.step) <> count(DISTINCT d.decided_by_id)
