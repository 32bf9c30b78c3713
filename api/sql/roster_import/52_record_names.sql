-- Changed names of the chunk, as one half of an identity; who imports is the hand that changed them (T7).
-- Run before 60, while the row still has the earlier name.
-- :county_code  county of the import
-- :actor_id     who imports
-- :changed_on   business date
INSERT INTO identity_changes (
    county_code, id, resident_id, division_code, part, changed_on, handled_by, changed_by_id
)
SELECT
    :county_code,
    :county_code * 10000000000 + nextval('serials') AS id,
    r.id AS resident_id,
    r.division_code,
    'name' AS part,
    :changed_on,
    ARRAY[CAST(:actor_id AS bigint)] AS handled_by,
    :actor_id
FROM staged_residents AS s
INNER JOIN residents AS r
    ON r.county_code = :county_code AND s.resident_id = r.id
WHERE s.name <> r.name AND r.status <> 'merged'
