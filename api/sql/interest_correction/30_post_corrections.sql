-- Posts what the interest closed at the end of one month should have been, less what is posted for it, and changes the
-- balances in the same statement. Nobody whose interest is right gets a line.
-- Formula of policy/interest.py over all lines by value date, with k0 the month of an earlier settlement in the year
-- (else 0) and k the month that is closed:
-- I = round_half_up( sum over lines of amount * ( C[k] - C[ k0 for lines up to k0, else their month ] ) / D )
-- :county_code, :resident_ids     whose accounts
-- :year, :month, :closed_on       the month at whose end interest was posted, and its last day
-- :accrual, :denominator, :unit   C[0..12] and D of the year as the run had them; 1 for fen, 10 for 见分进角
-- :journal_id                     the journal of the corrections
WITH people AS MATERIALIZED (
    SELECT
        a.resident_id,
        a.division_code,
        coalesce(s.from_month, 0) AS from_month
    FROM accounts AS a
    CROSS JOIN
        LATERAL (
            SELECT
                max(l.value_month) FILTER (WHERE l.value_month < :month) AS from_month,
                bool_or(l.value_month = :month) AS is_settled
            FROM account_lines AS l
            INNER JOIN journals AS j ON l.county_code = j.county_code AND l.journal_id = j.id
            WHERE
                l.county_code = a.county_code
                AND l.resident_id = a.resident_id
                AND l.value_year = :year
                AND j.kind = 'settlement_interest'
        ) AS s
    WHERE
        a.county_code = :county_code
        AND a.resident_id = any(CAST(:resident_ids AS bigint[]))
        AND a.interest_through >= :closed_on
        AND (:month = 12 OR a.interest_through = :closed_on OR s.is_settled)
),

summed AS MATERIALIZED (
    SELECT
        p.resident_id,
        p.division_code,
        CAST(sum(l.personal_fen * w.weight) AS bigint) AS personal,
        CAST(sum(l.collective_fen * w.weight) AS bigint) AS collective,
        CAST(sum(l.gov_fen * w.weight) AS bigint) AS gov,
        CAST(coalesce(sum(l.personal_fen) FILTER (WHERE w.is_posted), 0) AS bigint) AS personal_posted,
        CAST(coalesce(sum(l.collective_fen) FILTER (WHERE w.is_posted), 0) AS bigint) AS collective_posted,
        CAST(coalesce(sum(l.gov_fen) FILTER (WHERE w.is_posted), 0) AS bigint) AS gov_posted
    FROM people AS p
    INNER JOIN account_lines AS l
        ON l.county_code = :county_code AND p.resident_id = l.resident_id AND l.value_year <= :year
    LEFT JOIN journals AS j
        ON l.county_code = j.county_code AND l.journal_id = j.id AND l.value_year = :year
    CROSS JOIN
        LATERAL (
            SELECT
                CASE
                    WHEN l.value_year = :year AND l.value_month > :month THEN 0
                    ELSE
                        (CAST(:accrual AS bigint[]))[:month + 1]
                        - (CAST(:accrual AS bigint[]))[
                            CASE
                                WHEN l.value_year = :year THEN greatest(l.value_month, p.from_month) ELSE p.from_month
                            END + 1
                        ]
                END AS weight,
                coalesce(
                    j.kind IN ('interest', 'settlement_interest', 'interest_correction')
                    AND l.value_month > p.from_month AND l.value_month <= :month,
                    FALSE
                ) AS is_posted
        ) AS w
    GROUP BY p.resident_id, p.division_code
),

due AS (
    SELECT
        s.resident_id,
        s.division_code,
        ((2 * s.personal + :denominator) / (2 * :denominator) + :unit - 1) / :unit * :unit - s.personal_posted
            AS personal_fen,
        ((2 * s.collective + :denominator) / (2 * :denominator) + :unit - 1) / :unit * :unit - s.collective_posted
            AS collective_fen,
        ((2 * s.gov + :denominator) / (2 * :denominator) + :unit - 1) / :unit * :unit - s.gov_posted AS gov_fen
    FROM summed AS s
    -- Computes each amount once.
    OFFSET 0
),

wrong AS MATERIALIZED (
    SELECT
        d.resident_id,
        d.division_code,
        d.personal_fen,
        d.collective_fen,
        d.gov_fen
    FROM due AS d
    WHERE d.personal_fen <> 0 OR d.collective_fen <> 0 OR d.gov_fen <> 0
),

changed AS (
    UPDATE accounts AS a
    SET
        personal_fen = a.personal_fen + d.personal_fen,
        collective_fen = a.collective_fen + d.collective_fen,
        gov_fen = a.gov_fen + d.gov_fen
    FROM wrong AS d
    WHERE
        a.county_code = :county_code
        AND a.resident_id = d.resident_id
        AND a.personal_fen + d.personal_fen >= 0
        AND a.collective_fen + d.collective_fen >= 0
        AND a.gov_fen + d.gov_fen >= 0
    RETURNING a.resident_id, d.division_code, d.personal_fen, d.collective_fen, d.gov_fen
),

posted AS (
    INSERT INTO account_lines (
        county_code, resident_id, journal_id, value_year, value_month, division_code,
        personal_fen, collective_fen, gov_fen
    )
    SELECT
        :county_code,
        ch.resident_id,
        :journal_id,
        :year,
        :month,
        ch.division_code,
        ch.personal_fen,
        ch.collective_fen,
        ch.gov_fen
    FROM changed AS ch
)

SELECT
    (SELECT count(*) FROM wrong) AS due_count,
    count(*) AS row_count,
    coalesce(sum(ch.personal_fen), 0) AS personal_fen,
    coalesce(sum(ch.collective_fen), 0) AS collective_fen,
    coalesce(sum(ch.gov_fen), 0) AS gov_fen
FROM changed AS ch
