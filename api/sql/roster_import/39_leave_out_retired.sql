-- New people of one chunk whose number was somebody's before: they are taken out of the chunk and told.
-- :county_code  county of the import
DELETE FROM staged_residents AS staged
USING retired_numbers AS n
WHERE
    n.county_code = :county_code
    AND n.id_token = staged.id_token
    AND n.released_at IS NULL
RETURNING staged.row_no
