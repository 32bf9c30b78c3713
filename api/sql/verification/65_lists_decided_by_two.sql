-- title: 部门名单由两人办理，采用的行都出自已采用的名单
SELECT
    l.county_code,
    l.id AS list_id,
    NULL::bigint AS seq,
    l.maker_id,
    l.checker_id
FROM department_lists AS l
WHERE
    l.checker_id IN (l.maker_id, 1)
    OR (l.state = 'compared') <> (l.checker_id IS NULL)
    OR EXISTS (
        SELECT FROM department_list_rows AS r
        WHERE r.county_code = l.county_code AND r.list_id = l.id AND r.decided_by_id = l.checker_id
    )
UNION ALL
SELECT
    r.county_code,
    r.list_id,
    r.seq,
    l.maker_id,
    l.checker_id
FROM department_list_rows AS r
LEFT JOIN department_lists AS l ON r.county_code = l.county_code AND r.list_id = l.id
WHERE
    l.id IS NULL
    OR l.division_code <> r.division_code
    OR ((r.applied_at IS NOT NULL OR r.refusal IS NOT NULL) AND l.state <> 'applied')
    OR (l.state = 'applied' AND r.is_chosen AND r.applied_at IS NULL AND r.refusal IS NULL)
