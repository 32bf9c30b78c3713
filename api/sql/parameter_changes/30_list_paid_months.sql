-- What months of a period were owed at, by county, and whether any of it has been raised and paid back already.
-- :county_low, :county_high  the layer's counties
-- :first_on, :last_on        the period of the change
SELECT
    county_code,
    month,
    max(basic_fen) FILTER (WHERE kind = 'regular') AS most_fen,
    count(*) FILTER (WHERE kind = 'back_pay') AS raised_count
FROM payment_dues
WHERE
    county_code BETWEEN :county_low AND :county_high
    AND month BETWEEN :first_on AND :last_on
GROUP BY county_code, month
ORDER BY county_code, month
