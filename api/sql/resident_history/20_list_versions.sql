-- Rows of a person, newest first, each with the moment until which it stood.
-- :county_code, :resident_id  the person
-- :before                     versions below this one
-- :maximum                    rows at most
SELECT
    v.version,
    v.row AS facts,
    v.replaced_at
FROM resident_versions AS v
WHERE v.county_code = :county_code AND v.resident_id = :resident_id AND v.version < :before
UNION ALL
SELECT
    r.version,
    to_jsonb(r) AS facts,
    NULL AS replaced_at
FROM residents AS r
WHERE r.county_code = :county_code AND r.id = :resident_id AND r.version < :before
ORDER BY version DESC
LIMIT :maximum
