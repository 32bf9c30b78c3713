-- Open facts of the changed people of the chunk that the flags no longer say: they end on the day of the file, or on their
-- own first day where that is later.
-- :county_code     county of the import
-- :as_of           day of the file
-- :recorded_by_id  who imports
UPDATE resident_facts AS f
SET
    ended_on = greatest(CAST(:as_of AS date), f.begins_on),
    end_recorded_at = now(),
    end_recorded_by_id = :recorded_by_id,
    end_evidence = '花名册导入',
    version = f.version + 1
FROM staged_residents AS s
INNER JOIN residents AS r
    ON s.resident_id = r.id
WHERE
    r.county_code = :county_code
    AND f.county_code = :county_code
    AND f.resident_id = r.id
    AND f.ended_on IS NULL
    AND f.voided_at IS NULL
    AND CASE f.kind
        WHEN 'student' THEN NOT r.is_student
        WHEN 'employee_insured' THEN NOT r.employee_insured
        WHEN 'disability' THEN CAST(r.disability_grade AS text) IS DISTINCT FROM f.value
        WHEN 'dibao' THEN NOT r.dibao
        WHEN 'wubao' THEN NOT r.wubao
        WHEN 'land_taken' THEN NOT r.land_taken
        ELSE FALSE
    END
