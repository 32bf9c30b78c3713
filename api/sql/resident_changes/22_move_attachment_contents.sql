-- The bytes of a person's papers go where the papers go.
-- :county_code, :resident_id  the person
-- :division_code              their village now
UPDATE attachment_contents AS c
SET division_code = :division_code
FROM attachments AS a
WHERE
    a.county_code = :county_code
    AND a.resident_id = :resident_id
    AND c.county_code = a.county_code
    AND c.attachment_id = a.id
