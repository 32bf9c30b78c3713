-- title: 缴费记载的政策版本确有其变更，且已生效
SELECT
    c.county_code,
    c.id AS contribution_id,
    c.law_serial
FROM contributions AS c
LEFT JOIN policy_parameter_changes AS p ON c.law_serial = p.serial AND p.state = 'approved'
WHERE
    c.law_serial <> 0
    AND p.id IS NULL
