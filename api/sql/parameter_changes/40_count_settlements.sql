-- Settlements of ended participations by county and day of the event, that a changed rule of inheritance could contradict.
-- :county_low, :county_high  the layer's counties
-- :first_on, :last_on        the period of the change
SELECT
    county_code,
    event_on,
    count(*) AS settlement_count
FROM settlements
WHERE
    county_code BETWEEN :county_low AND :county_high
    AND state IN ('computed', 'approved', 'paid', 'closed')
    AND event_on BETWEEN :first_on AND :last_on
GROUP BY county_code, event_on
ORDER BY county_code, event_on
