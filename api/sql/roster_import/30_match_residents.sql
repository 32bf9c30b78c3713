-- Who of the file is known by the token, and whether the plain facts differ. Facts that the file leaves empty are
-- taken as unchanged; phones have no index and are compared by the caller. Whose number has been changed gets no other
-- name from a file: both halves of an identity are one person's case (reliability.md T7).
-- :county_code  county of the import
-- :low, :high   unit of the import
-- :given        columns that the file has
SELECT
    f.row_no,
    r.id,
    r.status,
    r.phone_sealed,
    r.division_code BETWEEN :low AND :high AS is_inside,
    (
        e.id IS NOT NULL
        AND (
            f.name <> r.name
            OR coalesce(f.bank_account_index, r.bank_account_index) IS DISTINCT FROM r.bank_account_index
        )
    ) AS needs_county,
    f.name <> r.name AND EXISTS (
        SELECT 1
        FROM identity_changes AS c
        WHERE c.county_code = r.county_code AND c.resident_id = r.id AND c.part = 'number'
    ) AS needs_person,
    (
        f.division_code = r.division_code
        AND f.name = r.name
        AND f.sex = r.sex
        AND f.birth_date = r.birth_date
        AND coalesce(f.household_id, r.household_id) IS NOT DISTINCT FROM r.household_id
        AND coalesce(f.ethnicity, r.ethnicity) IS NOT DISTINCT FROM r.ethnicity
        AND coalesce(f.hukou_kind, r.hukou_kind) = r.hukou_kind
        AND coalesce(f.address, r.address) IS NOT DISTINCT FROM r.address
        AND coalesce(f.village_group, r.village_group) IS NOT DISTINCT FROM r.village_group
        AND coalesce(f.relation, r.relation) IS NOT DISTINCT FROM r.relation
        AND coalesce(f.bank_account_index, r.bank_account_index) IS NOT DISTINCT FROM r.bank_account_index
        AND (f.is_student = r.is_student OR NOT 'student' = any(:given))
        AND (f.employee_insured = r.employee_insured OR NOT 'employee_insured' = any(:given))
        AND (f.disability_grade IS NOT DISTINCT FROM r.disability_grade OR NOT 'disability_grade' = any(:given))
        AND (f.dibao = r.dibao OR NOT 'dibao' = any(:given))
        AND (f.wubao = r.wubao OR NOT 'wubao' = any(:given))
        AND (f.land_taken = r.land_taken OR NOT 'land_taken' = any(:given))
        AND (f.remark IS NOT DISTINCT FROM r.remark OR NOT 'remark' = any(:given))
    ) AS is_equal
FROM staged_facts AS f
INNER JOIN residents AS r
    ON r.county_code = :county_code AND f.id_token = r.id_token
LEFT JOIN enrolments AS e
    ON
        r.county_code = e.county_code
        AND r.id = e.resident_id
        AND e.state = 'county_approved'
