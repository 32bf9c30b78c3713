-- title: 花名册上的身份标记与正在持续的情况记录一致
SELECT
    coalesce(flagged.county_code, open_facts.county_code) AS county_code,
    coalesce(flagged.resident_id, open_facts.resident_id) AS resident_id,
    coalesce(flagged.kind, open_facts.kind) AS kind
FROM (
    SELECT
        r.county_code,
        r.id AS resident_id,
        flags.kind,
        flags.value
    FROM residents AS r
    CROSS JOIN
        LATERAL (
            VALUES
            ('student', NULL, r.is_student),
            ('employee_insured', NULL, r.employee_insured),
            ('other_pension', NULL, r.other_pension),
            ('disability', CAST(r.disability_grade AS text), r.disability_grade IS NOT NULL),
            ('dibao', NULL, r.dibao),
            ('wubao', NULL, r.wubao),
            ('land_taken', NULL, r.land_taken)
        ) AS flags (kind, value, holds)
    WHERE flags.holds
) AS flagged
FULL JOIN (
    SELECT
        f.county_code,
        f.resident_id,
        f.kind,
        f.value
    FROM resident_facts AS f
    WHERE
        f.ended_on IS NULL
        AND f.voided_at IS NULL
        AND f.kind IN (
            'student', 'employee_insured', 'other_pension', 'disability', 'dibao', 'wubao', 'land_taken'
        )
) AS open_facts
    ON
        flagged.county_code = open_facts.county_code
        AND flagged.resident_id = open_facts.resident_id
        AND flagged.kind = open_facts.kind
WHERE
    flagged.resident_id IS NULL
    OR open_facts.resident_id IS NULL
    OR flagged.value IS DISTINCT FROM open_facts.value
