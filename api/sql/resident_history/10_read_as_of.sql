-- The person's row as it stood at the end of a business day, with the names that a page shows beside it.
-- :county_code, :resident_id  the person
-- :as_of                      the day
WITH versions AS (
    SELECT
        v.version,
        v.row AS facts,
        v.replaced_at
    FROM resident_versions AS v
    WHERE v.county_code = :county_code AND v.resident_id = :resident_id
    UNION ALL
    SELECT
        r.version,
        to_jsonb(r),
        NULL
    FROM residents AS r
    WHERE r.county_code = :county_code AND r.id = :resident_id
),

stood AS (
    SELECT
        v.version,
        v.facts
    FROM versions AS v
    WHERE
        (v.facts ->> 'updated_at')::timestamptz < ((:as_of)::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'
        AND (v.replaced_at IS NULL OR v.replaced_at >= ((:as_of)::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai')
    ORDER BY v.version DESC
    LIMIT 1
)

SELECT
    s.version,
    s.facts,
    d.name AS division_name,
    h.number AS household_number
FROM stood AS s
LEFT JOIN divisions AS d ON (s.facts ->> 'division_code')::bigint = d.code
LEFT JOIN households AS h ON h.county_code = :county_code AND (s.facts ->> 'household_id')::bigint = h.id
