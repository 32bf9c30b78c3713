-- The last run of the county that was not discarded: what the new one follows and is compared with.
-- Parameters: county_code.
SELECT
    id,
    month,
    state,
    comparison
FROM payment_runs
WHERE county_code = :county_code AND state <> 'discarded'
ORDER BY month DESC
LIMIT 1
