-- title: 居民所属的户存在，且在同一村
SELECT r.county_code, r.id AS resident_id, r.household_id
  FROM residents r
  LEFT JOIN households h ON h.county_code = r.county_code AND h.id = r.household_id
 WHERE r.household_id IS NOT NULL AND (h.id IS NULL OR h.division_code <> r.division_code)
