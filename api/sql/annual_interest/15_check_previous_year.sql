-- Accounts that held money before the interest year and whose previous year is not closed: its interest would be lost.
-- :county_code       county of the run
-- :low, :high        its division codes
-- :year              interest year
-- :previous_year_end 31 December before it
SELECT count(*) AS account_count
FROM accounts AS a
WHERE
    a.county_code = :county_code
    AND a.division_code BETWEEN :low AND :high
    AND a.state IN ('open', 'drawing')
    AND (a.interest_through IS NULL OR a.interest_through < :previous_year_end)
    AND EXISTS (
        SELECT 1 FROM account_lines AS l
        WHERE l.county_code = a.county_code AND l.resident_id = a.resident_id AND l.value_year < :year
    )
