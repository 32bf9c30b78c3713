-- Awards that are proposed or approved follow their person; earlier ones stay where they were decided.
-- :county_code  county of the import
UPDATE awards AS t
SET division_code = s.division_code
FROM staged_residents AS s
WHERE
    t.county_code = :county_code
    AND t.resident_id = s.resident_id
    AND t.division_code <> s.division_code
    AND t.state IN ('proposed', 'approved')
