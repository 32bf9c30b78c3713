-- Cancellations stand in the village of their person, so that those on their way are seen where the person lives now.
-- :county_code  county of the import
UPDATE cancellations AS t
SET division_code = s.division_code
FROM staged_residents AS s
WHERE
    t.county_code = :county_code
    AND t.resident_id = s.resident_id
    AND t.division_code <> s.division_code
