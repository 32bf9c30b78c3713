-- A proposed or approved award follows its person; earlier ones stay where they were decided.
-- :county_code, :resident_id  the person
-- :division_code              their village now
UPDATE awards
SET division_code = :division_code
WHERE county_code = :county_code AND resident_id = :resident_id AND state IN ('proposed', 'approved')
