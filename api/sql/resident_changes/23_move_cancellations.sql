-- Cancellations of the person stand in the village of the person, so that those on their way are seen where they live.
-- :county_code, :resident_id  the person
-- :division_code              their village now
UPDATE cancellations
SET division_code = :division_code
WHERE county_code = :county_code AND resident_id = :resident_id
