-- Interest runs of the counties of a layer that a changed rate could contradict: computed, approved or posted.
-- :county_low, :county_high  the layer's counties
SELECT
    county_code,
    CAST(period AS integer) AS year,
    state
FROM runs
WHERE
    county_code BETWEEN :county_low AND :county_high
    AND kind = 'annual_interest'
    AND state <> 'discarded'
ORDER BY county_code, year
