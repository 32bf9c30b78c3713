-- The rows of the people on a list as they are, for those who do not count as land-taken yet. Their rows are locked.
-- :county_code, :project_id  the list
-- :replaced_by_id            who approves it
INSERT INTO resident_versions (county_code, resident_id, version, division_code, replaced_by_id, row)
SELECT
    r.county_code,
    r.id,
    r.version,
    r.division_code,
    :replaced_by_id,
    to_jsonb(r) AS earlier
FROM land_persons AS p
INNER JOIN residents AS r ON p.county_code = r.county_code AND p.resident_id = r.id
WHERE
    p.county_code = :county_code
    AND p.project_id = :project_id
    AND p.until_round IS NULL
    AND NOT r.land_taken
ORDER BY r.id
FOR UPDATE OF r
