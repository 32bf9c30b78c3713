-- 注销登记, settlements and recoveries stand in the village of their person, so that scope and lists follow a move.
-- :county_code  county of the import
WITH moved_settlements AS (
    UPDATE settlements AS t
    SET division_code = s.division_code
    FROM staged_residents AS s
    WHERE
        t.county_code = :county_code
        AND t.resident_id = s.resident_id
        AND t.division_code <> s.division_code
),

moved_recoveries AS (
    UPDATE recoveries AS t
    SET division_code = s.division_code
    FROM staged_residents AS s
    WHERE
        t.county_code = :county_code
        AND t.resident_id = s.resident_id
        AND t.division_code <> s.division_code
)

UPDATE cancellations AS t
SET division_code = s.division_code
FROM staged_residents AS s
WHERE
    t.county_code = :county_code
    AND t.resident_id = s.resident_id
    AND t.division_code <> s.division_code
