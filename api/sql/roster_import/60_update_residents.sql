-- New facts of the changed people of the chunk. An empty cell erases nothing; flags, grade and remark follow the file
-- where it has the column.
-- :county_code  county of the import
-- :source_id    the import
-- :given        columns that the file has
-- :as_of        day of the file: from it on people are where it says
UPDATE residents AS r
SET
    division_code = s.division_code,
    household_id = CASE
        WHEN s.division_code = r.division_code THEN coalesce(s.household_id, r.household_id)
        ELSE s.household_id
    END,
    name = s.name,
    pinyin = s.pinyin,
    initials = s.initials,
    sex = s.sex,
    birth_date = s.birth_date,
    ethnicity = coalesce(s.ethnicity, r.ethnicity),
    hukou_kind = coalesce(s.hukou_kind, r.hukou_kind),
    address = coalesce(s.address, r.address),
    village_group = coalesce(s.village_group, r.village_group),
    relation = coalesce(s.relation, r.relation),
    phone_sealed = coalesce(s.phone_sealed, r.phone_sealed),
    bank_account_sealed = CASE
        WHEN s.bank_account_index IS DISTINCT FROM r.bank_account_index
            THEN coalesce(s.bank_account_sealed, r.bank_account_sealed)
        ELSE r.bank_account_sealed
    END,
    bank_account_index = coalesce(s.bank_account_index, r.bank_account_index),
    is_student = CASE WHEN 'student' = any(:given) THEN s.is_student ELSE r.is_student END,
    employee_insured = CASE WHEN 'employee_insured' = any(:given) THEN s.employee_insured ELSE r.employee_insured END,
    disability_grade = CASE WHEN 'disability_grade' = any(:given) THEN s.disability_grade ELSE r.disability_grade END,
    dibao = CASE WHEN 'dibao' = any(:given) THEN s.dibao ELSE r.dibao END,
    wubao = CASE WHEN 'wubao' = any(:given) THEN s.wubao ELSE r.wubao END,
    land_taken = CASE WHEN 'land_taken' = any(:given) THEN s.land_taken ELSE r.land_taken END,
    here_since = CASE
        WHEN
            s.division_code <> r.division_code
            OR (r.status = 'alive' AND coalesce(s.hukou_kind, r.hukou_kind) <> r.hukou_kind)
            THEN greatest(CAST(:as_of AS date), r.here_since)
        ELSE r.here_since
    END,
    remark = CASE WHEN 'remark' = any(:given) THEN s.remark ELSE r.remark END,
    -- Refused at the match; a number may have been changed since.
    identity_changed_twice = r.identity_changed_twice OR (
        s.name <> r.name AND EXISTS (
            SELECT 1
            FROM identity_changes AS c
            WHERE c.county_code = r.county_code AND c.resident_id = r.id AND c.part = 'number'
        )
    ),
    source_id = :source_id,
    version = r.version + 1,
    updated_at = now()
FROM staged_residents AS s
WHERE
    r.county_code = :county_code
    AND r.id = s.resident_id
    -- Merged since the match: the row is nobody's any more.
    AND r.status <> 'merged'
