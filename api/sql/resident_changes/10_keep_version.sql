-- The person's row as it is, before a change.
-- :county_code, :resident_id  the person
-- :replaced_by_id             who brings the next version
INSERT INTO resident_versions (county_code, resident_id, version, division_code, replaced_by_id, row)
SELECT
    r.county_code,
    r.id,
    r.version,
    r.division_code,
    :replaced_by_id,
    to_jsonb(r) AS earlier
FROM residents AS r
WHERE r.county_code = :county_code AND r.id = :resident_id
