-- Contributions stand in the village of the person, so that what was paid is seen and counted where they live now.
-- :county_code, :resident_id  the person
-- :division_code              their village now
UPDATE contributions
SET division_code = :division_code
WHERE county_code = :county_code AND resident_id = :resident_id
