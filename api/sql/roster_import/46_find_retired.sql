-- Whether a number of the chunk was retired while it was being inserted.
-- :county_code  county of the import
SELECT staged.row_no
FROM staged_residents AS staged
INNER JOIN retired_numbers AS n
    ON n.county_code = :county_code AND staged.id_token = n.id_token
WHERE n.released_at IS NULL
LIMIT 1
