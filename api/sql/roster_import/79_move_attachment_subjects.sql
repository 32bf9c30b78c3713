-- What papers prove goes where the papers have gone.
-- :county_code  county of the import
UPDATE attachment_subjects AS t
SET division_code = s.division_code
FROM staged_residents AS s, attachments AS a
WHERE
    a.county_code = :county_code
    AND a.resident_id = s.resident_id
    AND t.county_code = a.county_code
    AND t.attachment_id = a.id
    AND t.division_code <> s.division_code
