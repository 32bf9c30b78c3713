-- Count, sums by source and content hash of one town's interest. Writes nothing.
-- :county_code, :low, :high        the town
-- :first_resident, :last_resident  span of its residents' ids, so that lines are read from a range of their key
-- :year, :last_year                interest year, and the last year that lines can have
-- :year_start, :year_end           its first and last day
-- :accrual, :denominator           C[0..12] and D of the year (policy/interest.py)
-- :unit                            1 for fen, 10 for 见分进角
WITH town AS MATERIALIZED (
    SELECT
        a.resident_id,
        a.division_code,
        a.personal_fen,
        a.collective_fen,
        a.gov_fen,
        a.interest_through,
        CASE WHEN a.interest_through >= :year_start THEN CAST(extract(MONTH FROM a.interest_through) AS integer) ELSE 0 END
            AS from_month
    FROM accounts AS a
    WHERE
        a.county_code = :county_code
        AND a.division_code BETWEEN :low AND :high
        AND a.state IN ('open', 'drawing')
        AND a.opened_on <= :year_end
        AND (a.interest_through IS NULL OR a.interest_through < :year_end)
),

-- Few or none: whose interest of the first months is posted already. Joining them, and not the town, to the lines lets
-- these be summed in the order of their key.
begun AS MATERIALIZED (
    SELECT
        t.resident_id,
        t.from_month
    FROM town AS t
    WHERE t.from_month > 0
),

-- What the lines of the year and later take from the balance's interest: they were not there from its beginning.
moved AS (
    SELECT
        l.resident_id,
        CAST(sum(l.personal_fen * w.weight) AS bigint) AS personal,
        CAST(sum(l.collective_fen * w.weight) AS bigint) AS collective,
        CAST(sum(l.gov_fen * w.weight) AS bigint) AS gov
    FROM account_lines AS l
    LEFT JOIN begun AS b ON l.resident_id = b.resident_id
    CROSS JOIN
        LATERAL (
            SELECT
                (CAST(:accrual AS bigint[]))[
                    CASE WHEN l.value_year > :year THEN 13 ELSE greatest(l.value_month, b.from_month) + 1 END
                ] - (CAST(:accrual AS bigint[]))[coalesce(b.from_month, 0) + 1] AS weight
        ) AS w
    WHERE
        l.county_code = :county_code
        AND l.resident_id BETWEEN :first_resident AND :last_resident
        AND l.value_year BETWEEN :year AND :last_year
    GROUP BY l.resident_id
),

-- Half-up in integers; no sub-account and no product of one is below zero. Then whole units of :unit fen, upwards.
interest AS (
    SELECT
        t.resident_id,
        t.personal_fen,
        t.collective_fen,
        t.gov_fen,
        t.interest_through,
        (
            (2 * (t.personal_fen * w.weight - coalesce(m.personal, 0)) + :denominator) / (2 * :denominator)
            + :unit - 1
        ) / :unit * :unit AS personal_interest,
        (
            (2 * (t.collective_fen * w.weight - coalesce(m.collective, 0)) + :denominator) / (2 * :denominator)
            + :unit - 1
        ) / :unit * :unit AS collective_interest,
        (
            (2 * (t.gov_fen * w.weight - coalesce(m.gov, 0)) + :denominator) / (2 * :denominator)
            + :unit - 1
        ) / :unit * :unit AS gov_interest
    FROM town AS t
    LEFT JOIN moved AS m ON t.resident_id = m.resident_id
    CROSS JOIN
        LATERAL (
            SELECT (CAST(:accrual AS bigint[]))[13] - (CAST(:accrual AS bigint[]))[t.from_month + 1] AS weight
        ) AS w
    -- Computes each amount once, without keeping the rows in between.
    OFFSET 0
)

SELECT
    (SELECT count(*) FROM interest) AS account_count,
    count(*) AS row_count,
    coalesce(sum(i.personal_interest), 0) AS personal_fen,
    coalesce(sum(i.collective_interest), 0) AS collective_fen,
    coalesce(sum(i.gov_interest), 0) AS gov_fen,
    -- Differs whenever one person's amount does; the approval itself is bound to the SHA-256 of the computation.
    coalesce(bit_xor(hashint8extended(
        i.personal_interest,
        hashint8extended(i.collective_interest, hashint8extended(i.gov_interest, hashint8extended(i.resident_id, 0)))
    )), 0) AS checksum,
    encode(sha256(convert_to(coalesce(string_agg(
        i.resident_id || '|' || i.personal_interest || '|' || i.collective_interest || '|' || i.gov_interest,
        chr(10) ORDER BY i.resident_id
    ), ''), 'UTF8')), 'hex') AS content_sha256
FROM interest AS i
WHERE i.personal_interest > 0 OR i.collective_interest > 0 OR i.gov_interest > 0
