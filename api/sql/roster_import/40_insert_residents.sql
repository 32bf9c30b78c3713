-- New people of one chunk, in token order, which keeps the indexes local.
-- :county_code  county of the import
-- :source_id    the import
INSERT INTO residents (
    county_code, id, division_code, household_id, document_kind, id_token, name, pinyin, initials, sex, birth_date,
    ethnicity, hukou_kind, address, village_group, relation, phone_sealed, bank_account_sealed, bank_account_index,
    is_student, employee_insured, disability_grade, dibao, wubao, land_taken, remark, source_id
)
SELECT
    :county_code,
    resident_id,
    division_code,
    household_id,
    document_kind,
    id_token,
    name,
    pinyin,
    initials,
    sex,
    birth_date,
    ethnicity,
    coalesce(hukou_kind, 'rural') AS hukou_kind,
    address,
    village_group,
    relation,
    phone_sealed,
    bank_account_sealed,
    bank_account_index,
    is_student,
    employee_insured,
    disability_grade,
    dibao,
    wubao,
    land_taken,
    remark,
    :source_id
FROM staged_residents
