-- Changed terms of the person stand in the village of the person.
-- :county_code, :resident_id  the person
-- :division_code              their village now
UPDATE enrolment_terms
SET division_code = :division_code
WHERE county_code = :county_code AND resident_id = :resident_id
