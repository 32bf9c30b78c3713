-- Months at whose end interest was posted, from a day on: the year ends that the accounts have reached, and the months
-- of settlements, of which some were taken back later.
-- :county_code, :resident_ids  whose accounts
-- :since                       earliest value date of what was posted
WITH people AS (
    SELECT
        a.resident_id,
        a.interest_through
    FROM accounts AS a
    WHERE a.county_code = :county_code AND a.resident_id = any(CAST(:resident_ids AS bigint[]))
),

closings AS (
    SELECT
        CAST(extract(YEAR FROM p.interest_through) AS integer) AS value_year,
        CAST(extract(MONTH FROM p.interest_through) AS integer) AS value_month
    FROM people AS p
    UNION
    SELECT
        y.value_year,
        12 AS value_month
    FROM people AS p
    CROSS JOIN
        LATERAL generate_series(
            CAST(extract(YEAR FROM CAST(:since AS date)) AS integer),
            CAST(extract(YEAR FROM p.interest_through) AS integer) - 1
        ) AS y (value_year)
    UNION
    SELECT
        l.value_year,
        l.value_month
    FROM people AS p
    INNER JOIN account_lines AS l
        ON l.county_code = :county_code AND p.resident_id = l.resident_id
    INNER JOIN journals AS j ON l.county_code = j.county_code AND l.journal_id = j.id
    WHERE j.kind = 'settlement_interest' AND l.value_year >= extract(YEAR FROM CAST(:since AS date))
)

SELECT
    c.value_year,
    c.value_month
FROM closings AS c
WHERE make_date(c.value_year, c.value_month, 1) >= date_trunc('month', CAST(:since AS date))
ORDER BY c.value_year, c.value_month
