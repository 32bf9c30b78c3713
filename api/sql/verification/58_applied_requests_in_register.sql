-- title: 已办结的变更都写入了花名册或缴费约定，且当时的内容与申请一致
WITH applied AS (
    SELECT
        c.county_code,
        c.id,
        c.kind,
        c.resident_id,
        c.applied_version,
        c.new ->> 'value' AS wanted,
        r.version,
        v.version AS kept_version,
        coalesce(v.row, to_jsonb(r)) ->> c.kind AS made
    FROM change_requests AS c
    INNER JOIN residents AS r ON c.county_code = r.county_code AND c.resident_id = r.id
    LEFT JOIN resident_versions AS v
        ON
            c.county_code = v.county_code
            AND c.resident_id = v.resident_id
            AND c.applied_version = v.version
    WHERE c.state = 'archived'
)

SELECT
    a.county_code,
    a.id AS request_id,
    a.kind,
    a.resident_id,
    a.applied_version
FROM applied AS a
WHERE
    CASE
        WHEN a.kind IN ('tier', 'rhythm')
            THEN NOT EXISTS (
                SELECT 1
                FROM enrolment_terms AS t
                WHERE t.county_code = a.county_code AND t.request_id = a.id
            )
        ELSE
            a.applied_version IS NULL
            OR (a.kept_version IS NULL AND a.version <> a.applied_version)
            OR (
                a.kind IN ('name', 'sex', 'hukou_kind', 'address', 'village_group', 'ethnicity')
                AND a.made IS DISTINCT FROM a.wanted
            )
    END
