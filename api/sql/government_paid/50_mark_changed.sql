-- Tells of whoever was approved and could no longer be paid for.
-- :county_code, :run_id, :low, :high  the run's town
UPDATE government_paid_lines AS l
SET outcome = 'changed'
WHERE
    l.county_code = :county_code AND l.run_id = :run_id AND l.division_code BETWEEN :low AND :high
    AND l.outcome = 'pay' AND l.contribution_id IS NULL
