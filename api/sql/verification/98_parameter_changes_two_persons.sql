-- title: 已生效的参数变更由两人办理，写明依据，生效次序与复核时间一致
SELECT
    c.county_code,
    c.id AS change_id,
    c.code,
    c.maker_id,
    c.checker_id,
    c.serial
FROM policy_parameter_changes AS c
LEFT JOIN policy_parameter_changes AS e
    ON e.state = 'approved' AND e.serial < c.serial AND e.decided_at > c.decided_at
WHERE
    c.state = 'approved'
    AND (
        c.checker_id IS NULL
        OR c.checker_id = c.maker_id
        OR c.document = ''
        OR c.article = ''
        OR c.serial IS NULL
        OR e.id IS NOT NULL
    )
