-- Status of a person before a merge.
-- :county_code, :resident_id, :version  the version that was kept
SELECT
    v.row ->> 'status' AS status,
    CAST(v.row ->> 'status_on' AS date) AS status_on
FROM resident_versions AS v
WHERE v.county_code = :county_code AND v.resident_id = :resident_id AND v.version = :version
