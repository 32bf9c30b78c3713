-- Awards by county and first month that a changed rule of 待遇核定 could contradict: proposed or approved.
-- :county_low, :county_high  the layer's counties
-- :first_on, :last_on        the period of the change
SELECT
    county_code,
    start_month,
    count(*) AS award_count
FROM awards
WHERE
    county_code BETWEEN :county_low AND :county_high
    AND state IN ('proposed', 'approved')
    AND start_month BETWEEN :first_on AND :last_on
GROUP BY county_code, start_month
ORDER BY county_code, start_month
