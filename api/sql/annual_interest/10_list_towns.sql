-- Towns of a county with accounts whose interest of the year is open.
-- :county_code       county of the run
-- :low, :high        its division codes
-- :year_end          31 December of the interest year
SELECT
    a.division_code / 1000 * 1000 AS town_code,
    count(*) AS account_count,
    min(a.resident_id) AS first_resident,
    max(a.resident_id) AS last_resident
FROM accounts AS a
WHERE
    a.county_code = :county_code
    AND a.division_code BETWEEN :low AND :high
    AND a.state IN ('open', 'drawing')
    AND a.opened_on <= :year_end
    AND (a.interest_through IS NULL OR a.interest_through < :year_end)
GROUP BY a.division_code / 1000
ORDER BY a.division_code / 1000
