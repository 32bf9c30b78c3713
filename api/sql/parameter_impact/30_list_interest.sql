-- Interest of a year, account by account, by two accrual tables: the formula of annual_interest/20_compute_town, for
-- accounts whose year is not closed. Writes nothing.
-- :county_low, :county_high, :low, :high        the units looked at
-- :year, :last_year, :year_start, :year_end     interest year, the last year that lines can have, its first and last day
-- :counties                                     one entry for each county and table
-- :places                                       1 for the law as it is, 2 as it would be
-- :accruals                                     C[0..12] of each, one after the other
-- :denominators, :units                         D of each; 1 for fen, 10 for 见分进角
WITH tables AS (
    SELECT
        t.county_code,
        t.place,
        t.denominator,
        t.unit,
        (CAST(:accruals AS bigint[]))[13 * (t.nth - 1) + 1:13 * t.nth] AS accrual
    FROM
        unnest(
            CAST(:counties AS integer[]), CAST(:places AS integer[]), CAST(:denominators AS bigint[]),
            CAST(:units AS bigint[])
        ) WITH ORDINALITY AS t (county_code, place, denominator, unit, nth)
),

closing AS MATERIALIZED (
    SELECT
        a.county_code,
        a.resident_id,
        a.division_code,
        a.personal_fen,
        a.collective_fen,
        a.gov_fen,
        CASE WHEN a.interest_through >= :year_start THEN CAST(extract(MONTH FROM a.interest_through) AS integer) ELSE 0 END
            AS from_month
    FROM accounts AS a
    WHERE
        a.county_code BETWEEN :county_low AND :county_high
        AND a.division_code BETWEEN :low AND :high
        AND a.state IN ('open', 'drawing')
        AND a.opened_on <= :year_end
        AND (a.interest_through IS NULL OR a.interest_through < :year_end)
),

-- Sums by month first: a handful per account, which both tables then weigh.
months AS MATERIALIZED (
    SELECT
        l.county_code,
        l.resident_id,
        CASE WHEN l.value_year > :year THEN 12 ELSE l.value_month END AS value_month,
        CAST(sum(l.personal_fen) AS bigint) AS personal_fen,
        CAST(sum(l.collective_fen) AS bigint) AS collective_fen,
        CAST(sum(l.gov_fen) AS bigint) AS gov_fen
    FROM account_lines AS l
    JOIN closing AS a ON l.county_code = a.county_code AND l.resident_id = a.resident_id
    WHERE l.value_year BETWEEN :year AND :last_year
    GROUP BY l.county_code, l.resident_id, CASE WHEN l.value_year > :year THEN 12 ELSE l.value_month END
),

moved AS (
    SELECT
        m.county_code,
        m.resident_id,
        t.place,
        CAST(sum(m.personal_fen * w.weight) AS bigint) AS personal,
        CAST(sum(m.collective_fen * w.weight) AS bigint) AS collective,
        CAST(sum(m.gov_fen * w.weight) AS bigint) AS gov
    FROM months AS m
    JOIN closing AS a ON m.county_code = a.county_code AND m.resident_id = a.resident_id
    JOIN tables AS t ON m.county_code = t.county_code
    CROSS JOIN
        LATERAL (
            SELECT t.accrual[greatest(m.value_month, a.from_month) + 1] - t.accrual[a.from_month + 1] AS weight
        ) AS w
    GROUP BY m.county_code, m.resident_id, t.place
),

interest AS (
    SELECT
        a.county_code,
        a.resident_id,
        a.division_code,
        t.place,
        (
            (2 * (a.personal_fen * w.weight - coalesce(m.personal, 0)) + t.denominator) / (2 * t.denominator) + t.unit - 1
        ) / t.unit * t.unit
        + (
            (2 * (a.collective_fen * w.weight - coalesce(m.collective, 0)) + t.denominator) / (2 * t.denominator)
            + t.unit - 1
        ) / t.unit * t.unit
        + (
            (2 * (a.gov_fen * w.weight - coalesce(m.gov, 0)) + t.denominator) / (2 * t.denominator) + t.unit - 1
        ) / t.unit * t.unit AS interest_fen
    FROM closing AS a
    JOIN tables AS t ON a.county_code = t.county_code
    LEFT JOIN moved AS m ON a.county_code = m.county_code AND a.resident_id = m.resident_id AND t.place = m.place
    CROSS JOIN
        LATERAL (
            SELECT t.accrual[13] - t.accrual[a.from_month + 1] AS weight
        ) AS w
)

SELECT
    i.county_code,
    i.resident_id,
    i.division_code,
    1 AS unit_count,
    CAST(coalesce(sum(i.interest_fen) FILTER (WHERE i.place = 1), 0) AS bigint) AS before_fen,
    CAST(coalesce(sum(i.interest_fen) FILTER (WHERE i.place = 2), 0) AS bigint) AS after_fen
FROM interest AS i
GROUP BY i.county_code, i.resident_id, i.division_code
HAVING sum(i.interest_fen) > 0
