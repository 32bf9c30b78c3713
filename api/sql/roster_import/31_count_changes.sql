-- Which facts the changed rows would change, each counted; phones are compared by the caller. Facts that the file
-- leaves empty change nothing.
-- :county_code  county of the import
-- :low, :high   unit of the import
-- :given        columns that the file has
-- :places       rows that were found to be changed
SELECT
    count(*) FILTER (WHERE f.name <> r.name) AS name,
    count(*) FILTER (WHERE f.sex <> r.sex OR f.birth_date <> r.birth_date) AS id_number,
    count(*) FILTER (WHERE f.division_code <> r.division_code) AS village_code,
    count(*) FILTER (WHERE coalesce(f.household_id, r.household_id) IS DISTINCT FROM r.household_id)
        AS household_number,
    count(*) FILTER (WHERE f.ethnicity <> coalesce(r.ethnicity, '')) AS ethnicity,
    count(*) FILTER (WHERE f.hukou_kind <> r.hukou_kind) AS hukou_kind,
    count(*) FILTER (WHERE f.address <> coalesce(r.address, '')) AS address,
    count(*) FILTER (WHERE f.village_group <> coalesce(r.village_group, '')) AS village_group,
    count(*) FILTER (WHERE f.relation <> coalesce(r.relation, '')) AS relation,
    count(*) FILTER (WHERE f.bank_account_index <> coalesce(r.bank_account_index, ''::bytea)) AS bank_account,
    count(*) FILTER (WHERE f.is_student <> r.is_student AND 'student' = any(:given)) AS student,
    count(*) FILTER (WHERE f.employee_insured <> r.employee_insured AND 'employee_insured' = any(:given))
        AS employee_insured,
    count(*) FILTER (
        WHERE f.disability_grade IS DISTINCT FROM r.disability_grade AND 'disability_grade' = any(:given)
    ) AS disability_grade,
    count(*) FILTER (WHERE f.dibao <> r.dibao AND 'dibao' = any(:given)) AS dibao,
    count(*) FILTER (WHERE f.wubao <> r.wubao AND 'wubao' = any(:given)) AS wubao,
    count(*) FILTER (WHERE f.land_taken <> r.land_taken AND 'land_taken' = any(:given)) AS land_taken,
    count(*) FILTER (WHERE f.remark IS DISTINCT FROM r.remark AND 'remark' = any(:given)) AS remark
FROM staged_facts AS f
INNER JOIN residents AS r
    ON r.county_code = :county_code AND f.id_token = r.id_token
WHERE
    r.division_code BETWEEN :low AND :high
    AND f.row_no = any(:places)
