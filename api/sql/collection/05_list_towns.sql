-- The towns of a unit in which somebody has an account, by code. Parameters: county_code, low, high.
SELECT DISTINCT a.division_code / 1000 * 1000 AS town
FROM accounts AS a
WHERE a.county_code = :county_code AND a.division_code BETWEEN :low AND :high
ORDER BY town
