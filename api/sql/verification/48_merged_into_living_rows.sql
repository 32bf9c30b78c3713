-- title: 并入的去向存在，且本身未被并入
SELECT
    r.county_code,
    r.id AS resident_id,
    r.merged_into_id
FROM residents AS r
LEFT JOIN residents AS k ON r.county_code = k.county_code AND r.merged_into_id = k.id
WHERE r.merged_into_id IS NOT NULL AND (k.id IS NULL OR k.status = 'merged')
