-- title: 居民资料的历史版本连续，没有缺失
SELECT
    r.county_code,
    r.id AS resident_id,
    r.version,
    coalesce(v.kept, 0) AS kept
FROM residents AS r
LEFT JOIN (
    SELECT
        county_code,
        resident_id,
        count(*) AS kept,
        max(version) AS last_version
    FROM resident_versions
    GROUP BY county_code, resident_id
) AS v
    ON r.county_code = v.county_code AND r.id = v.resident_id
WHERE coalesce(v.kept, 0) <> r.version - 1 OR coalesce(v.last_version, 0) <> r.version - 1
