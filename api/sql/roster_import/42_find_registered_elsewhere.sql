-- Rows of the chunk that were left out.
-- :county_code  county of the import
SELECT staged.row_no
FROM staged_residents AS staged
WHERE
    NOT EXISTS (
        SELECT 1
        FROM residents AS r
        WHERE r.county_code = :county_code AND staged.resident_id = r.id
    )
