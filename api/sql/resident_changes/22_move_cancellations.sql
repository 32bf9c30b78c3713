-- 注销登记, settlements and recoveries of the person stand in the village of the person.
-- :county_code, :resident_id  the person
-- :division_code              their village now
WITH moved_settlements AS (
    UPDATE settlements
    SET division_code = :division_code
    WHERE county_code = :county_code AND resident_id = :resident_id
),

moved_recoveries AS (
    UPDATE recoveries
    SET division_code = :division_code
    WHERE county_code = :county_code AND resident_id = :resident_id
)

UPDATE cancellations
SET division_code = :division_code
WHERE county_code = :county_code AND resident_id = :resident_id
