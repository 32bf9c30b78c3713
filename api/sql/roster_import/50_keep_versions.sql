-- Earlier rows of the changed people of the chunk. The lock keeps a change that happens meanwhile from being lost.
-- :county_code  county of the import
-- :source_id    the import
INSERT INTO resident_versions (county_code, resident_id, version, division_code, replaced_by_id, row)
SELECT
    r.county_code,
    r.id,
    r.version,
    r.division_code,
    :source_id,
    to_jsonb(r) AS earlier
FROM residents AS r
INNER JOIN staged_residents AS staged
    ON r.id = staged.resident_id
WHERE r.county_code = :county_code AND r.status <> 'merged'
ORDER BY r.id
FOR UPDATE OF r
