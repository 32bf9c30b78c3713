-- title: 居民所属的户存在，且在同一村
SELECT
    r.county_code,
    r.id AS resident_id,
    r.household_id
FROM residents AS r
LEFT JOIN households AS h ON r.county_code = h.county_code AND r.household_id = h.id
WHERE r.household_id IS NOT NULL AND (h.id IS NULL OR h.division_code <> r.division_code)
