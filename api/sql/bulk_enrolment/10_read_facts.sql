-- Facts of the staged persons that the law asks for. The lock is the weakest there is: it only waits for a merge.
-- :county_code  county of the unit
SELECT
    staged.row_no,
    r.id AS resident_id,
    r.division_code,
    r.birth_date,
    r.hukou_kind,
    r.is_student,
    r.employee_insured,
    r.other_pension,
    r.status,
    e.id IS NOT NULL AS enrolled_already
FROM staged_enrolments AS staged
INNER JOIN residents AS r
    ON r.county_code = :county_code AND staged.resident_id = r.id
LEFT JOIN enrolments AS e
    ON
        r.county_code = e.county_code
        AND r.id = e.resident_id
        AND e.state NOT IN ('rejected', 'terminated', 'withdrawn')
ORDER BY staged.row_no
FOR KEY SHARE OF r
