-- title: 部门名单采用的每一行都已登记，登记为名单来源的都出自采用的行
SELECT
    r.county_code,
    r.list_id,
    r.seq,
    r.resident_id,
    r.effect
FROM department_list_rows AS r
WHERE
    r.applied_at IS NOT NULL
    AND r.effect IN ('begin', 'change')
    AND NOT EXISTS (
        SELECT FROM resident_facts AS f
        WHERE
            f.county_code = r.county_code
            AND f.resident_id = r.resident_id
            AND f.source_kind = 'department_list'
            AND f.source_id = r.list_id
    )
UNION ALL
SELECT
    f.county_code,
    f.source_id,
    NULL,
    f.resident_id,
    f.kind
FROM resident_facts AS f
WHERE
    f.source_kind = 'department_list'
    AND NOT EXISTS (
        SELECT FROM department_list_rows AS r
        WHERE
            r.county_code = f.county_code
            AND r.list_id = f.source_id
            AND r.resident_id = f.resident_id
            AND r.applied_at IS NOT NULL
            AND r.effect IN ('begin', 'change')
    )
