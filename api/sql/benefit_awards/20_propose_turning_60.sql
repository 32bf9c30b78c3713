-- Propose awards for everybody in a range of units who reaches 60 in a month, is enrolled, has paid the years and whose
-- interest is posted up to the year before. The settlement restates policy.interest.interest_fen: with C the accrual
-- table, k the settlement month and k0 the month up to which interest is posted,
-- I = round((B0*(C[k]-C[k0]) + sum of the year's lines up to month k of amount*(C[k]-C[greatest(m,k0)])) / D).
-- Parameters: county_code, low, high, born_from, born_to, launch_born_by, required_years, rural_only, year, k, settled_on,
-- start_month, numerators (C[0..12]), denominator, ceil_jiao, divisor, basic_fen, actor_id.
WITH people AS MATERIALIZED (
    SELECT
        r.id AS resident_id,
        r.division_code,
        r.birth_date,
        y.paid_years,
        a.interest_through,
        a.personal_fen,
        a.collective_fen,
        a.gov_fen,
        CASE
            WHEN extract(YEAR FROM a.interest_through) = :year
                THEN CAST(extract(MONTH FROM a.interest_through) AS integer)
            ELSE 0
        END AS k0,
        coalesce(a.interest_through >= :settled_on, FALSE) AS settled
    FROM residents AS r
    JOIN enrolments AS e ON r.county_code = e.county_code AND r.id = e.resident_id AND e.state = 'county_approved'
    JOIN accounts AS a
        ON r.county_code = a.county_code AND r.id = a.resident_id AND a.state = 'open' AND a.cancels_on IS NULL
    CROSS JOIN
        LATERAL (
            SELECT count(*) AS paid_years
            FROM (
                SELECT c.contribution_year
                FROM contributions AS c
                WHERE
                    c.county_code = r.county_code AND c.resident_id = r.id AND c.state = 'posted'
                    AND c.kind IN ('annual', 'make_up', 'government_paid', 'lump_sum')
                GROUP BY c.contribution_year
                HAVING sum(c.amount_fen) >= max(c.tier_fen)
            ) AS counted
        ) AS y
    WHERE
        r.county_code = :county_code AND r.division_code BETWEEN :low AND :high
        AND r.birth_date BETWEEN :born_from AND :born_to AND r.birth_date > :launch_born_by
        AND r.status = 'alive' AND (r.hukou_kind = 'rural' OR NOT :rural_only) AND NOT r.employee_insured AND NOT r.other_pension
        AND y.paid_years >= :required_years
),

moved AS (
    SELECT
        p.resident_id,
        sum(l.personal_fen) AS personal_fen,
        sum(l.collective_fen) AS collective_fen,
        sum(l.gov_fen) AS gov_fen,
        coalesce(sum(l.personal_fen * w.weight), 0) AS personal_weighted,
        coalesce(sum(l.collective_fen * w.weight), 0) AS collective_weighted,
        coalesce(sum(l.gov_fen * w.weight), 0) AS gov_weighted
    FROM people AS p
    JOIN account_lines AS l ON l.county_code = :county_code AND p.resident_id = l.resident_id AND l.value_year >= :year
    CROSS JOIN
        LATERAL (
            SELECT CASE
                WHEN l.value_year = :year AND l.value_month <= :k
                    THEN
                        (CAST(:numerators AS bigint[]))[:k + 1]
                        - (CAST(:numerators AS bigint[]))[greatest(l.value_month, p.k0) + 1]
                ELSE 0
            END AS weight
        ) AS w
    GROUP BY p.resident_id
),

opened AS (
    SELECT
        p.*,
        p.personal_fen - coalesce(m.personal_fen, 0) AS personal_open,
        p.collective_fen - coalesce(m.collective_fen, 0) AS collective_open,
        p.gov_fen - coalesce(m.gov_fen, 0) AS gov_open,
        (CAST(:numerators AS bigint[]))[:k + 1] - (CAST(:numerators AS bigint[]))[p.k0 + 1] AS whole,
        coalesce(m.personal_weighted, 0) AS personal_weighted,
        coalesce(m.collective_weighted, 0) AS collective_weighted,
        coalesce(m.gov_weighted, 0) AS gov_weighted
    FROM people AS p
    LEFT JOIN moved AS m ON p.resident_id = m.resident_id
),

rounded AS (
    SELECT
        o.*,
        CASE WHEN o.settled THEN 0 ELSE round((o.personal_open * o.whole + o.personal_weighted) / CAST(:denominator AS numeric))
        END AS personal_interest,
        CASE WHEN o.settled THEN 0 ELSE round((o.collective_open * o.whole + o.collective_weighted) / CAST(:denominator AS numeric))
        END AS collective_interest,
        CASE WHEN o.settled THEN 0 ELSE round((o.gov_open * o.whole + o.gov_weighted) / CAST(:denominator AS numeric))
        END AS gov_interest
    FROM opened AS o
    WHERE
        o.settled OR o.interest_through >= make_date(:year - 1, 12, 31)
        OR (o.personal_open = 0 AND o.collective_open = 0 AND o.gov_open = 0)
),

earned AS (
    SELECT
        *,
        CAST(CASE WHEN :ceil_jiao THEN ceil(personal_interest / 10) * 10 ELSE personal_interest END AS bigint) AS ip,
        CAST(CASE WHEN :ceil_jiao THEN ceil(collective_interest / 10) * 10 ELSE collective_interest END AS bigint) AS ic,
        CAST(CASE WHEN :ceil_jiao THEN ceil(gov_interest / 10) * 10 ELSE gov_interest END AS bigint) AS ig
    FROM rounded
)

INSERT INTO awards (
    county_code, id, resident_id, division_code, basis, state, start_month, settled_on, required_years,
    paid_years, personal_fen, collective_fen, gov_fen, account_pension_fen, basic_pension_fen, breakdown,
    proposed_by_id
)
SELECT
    :county_code,
    :county_code * 10000000000 + nextval('serials'),
    resident_id,
    division_code,
    'turning_60',
    'proposed',
    :start_month,
    :settled_on,
    :required_years,
    paid_years,
    personal_fen + ip,
    collective_fen + ic,
    gov_fen + ig,
    CAST(round((personal_fen + ip + collective_fen + ic + gov_fen + ig) / CAST(:divisor AS numeric)) AS bigint),
    :basic_fen,
    jsonb_build_object(
        'birth_date', birth_date, 'interest_through', interest_through,
        'interest', jsonb_build_object('personal_fen', ip, 'collective_fen', ic, 'gov_fen', ig)
    ),
    :actor_id
FROM earned
ORDER BY resident_id
ON CONFLICT (county_code, resident_id) WHERE state IN ('proposed', 'approved') DO NOTHING
