-- Locks the accounts that a town's lines would credit, in the order of the people, against payments and other runs.
-- :county_code, :run_id, :low, :high  the run's town
SELECT a.resident_id
FROM accounts AS a
INNER JOIN government_paid_lines AS l ON a.county_code = l.county_code AND a.resident_id = l.resident_id
WHERE
    l.county_code = :county_code AND l.run_id = :run_id AND l.division_code BETWEEN :low AND :high
    AND l.outcome = 'pay' AND l.contribution_id IS NULL
ORDER BY a.resident_id
FOR UPDATE OF a
