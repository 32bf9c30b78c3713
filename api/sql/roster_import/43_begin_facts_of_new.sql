-- Open facts of the new people of the chunk whom the file gives a flag: "already so when first recorded". Sparse, so most
-- rows cost one comparison.
-- :county_code     county of the import
-- :source_id       the import
-- :recorded_by_id  who imports
INSERT INTO resident_facts (
    county_code, id, resident_id, division_code, kind, value, source_kind, source_id, recorded_by_id
)
SELECT
    :county_code,
    :county_code * 10000000000 + nextval('serials') AS id,
    staged.resident_id,
    staged.division_code,
    flags.kind,
    flags.value,
    'import' AS source_kind,
    :source_id,
    :recorded_by_id
FROM staged_residents AS staged
CROSS JOIN
    LATERAL (
        VALUES
        ('student', NULL, staged.is_student),
        ('employee_insured', NULL, staged.employee_insured),
        ('disability', CAST(staged.disability_grade AS text), staged.disability_grade IS NOT NULL),
        ('dibao', NULL, staged.dibao),
        ('wubao', NULL, staged.wubao),
        ('land_taken', NULL, staged.land_taken)
    ) AS flags (kind, value, holds)
WHERE
    (
        staged.is_student
        OR staged.employee_insured
        OR staged.disability_grade IS NOT NULL
        OR staged.dibao
        OR staged.wubao
        OR staged.land_taken
    )
    AND flags.holds
