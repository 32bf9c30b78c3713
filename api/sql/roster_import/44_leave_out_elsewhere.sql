-- Staged rows that were left out, since their token is registered elsewhere: the steps that follow are not about them.
-- :county_code  county of the import
DELETE FROM staged_residents AS staged
WHERE
    NOT EXISTS (
        SELECT 1
        FROM residents AS r
        WHERE r.county_code = :county_code AND r.id = staged.resident_id
    )
