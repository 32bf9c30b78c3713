-- Former and additional documents stand in the village of their person, so that a former number finds them there.
-- :county_code, :resident_id  the person
-- :division_code              their village
UPDATE resident_documents
SET division_code = :division_code
WHERE county_code = :county_code AND resident_id = :resident_id
