-- The people on a list count as land-taken from now on.
-- :county_code, :project_id  the list
-- :replaced_by_id            who approves it
UPDATE residents AS r
SET land_taken = TRUE, version = r.version + 1, source_id = :replaced_by_id, updated_at = now()
FROM land_persons AS p
WHERE
    p.county_code = :county_code
    AND p.project_id = :project_id
    AND p.until_round IS NULL
    AND r.county_code = p.county_code
    AND r.id = p.resident_id
    AND NOT r.land_taken
