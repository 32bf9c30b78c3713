-- Who draws in a month, with the basic pension by the law as it is and as it would be; and what is paid back in that
-- month for earlier ones. A month owed is in unit_count only where it is the month itself.
-- :county_low, :county_high, :low, :high      the units looked at
-- :month                                      the month of the run
-- :counties, :months, :befores, :afters       basic pensions in fen by county and month, as paid in :month
SELECT
    o.county_code,
    o.resident_id,
    max(o.division_code) AS division_code,
    CAST(sum(o.unit_count) AS integer) AS unit_count,
    CAST(sum(o.before_fen) AS bigint) AS before_fen,
    CAST(sum(o.after_fen) AS bigint) AS after_fen
FROM (
    SELECT
        b.county_code,
        b.resident_id,
        b.division_code,
        1 AS unit_count,
        m.before_fen,
        m.after_fen
    FROM benefits AS b
    JOIN
        unnest(
            CAST(:counties AS integer[]), CAST(:months AS date[]), CAST(:befores AS bigint[]), CAST(:afters AS bigint[])
        ) AS m (county_code, month, before_fen, after_fen)
        ON b.county_code = m.county_code AND m.month = :month
    WHERE
        b.county_code BETWEEN :county_low AND :county_high
        AND b.division_code BETWEEN :low AND :high
        AND b.state = 'active'
        AND b.start_month <= :month
        AND (b.end_month IS NULL OR b.end_month >= :month)
    UNION ALL
    SELECT
        d.county_code,
        d.resident_id,
        b.division_code,
        0 AS unit_count,
        0 AS before_fen,
        m.after_fen - d.basic_fen AS after_fen
    FROM payment_dues AS d
    JOIN
        unnest(
            CAST(:counties AS integer[]), CAST(:months AS date[]), CAST(:befores AS bigint[]), CAST(:afters AS bigint[])
        ) AS m (county_code, month, before_fen, after_fen)
        ON d.county_code = m.county_code AND d.month = m.month
    JOIN benefits AS b ON d.county_code = b.county_code AND d.resident_id = b.resident_id
    JOIN residents AS r ON d.county_code = r.county_code AND d.resident_id = r.id
    WHERE
        d.county_code BETWEEN :county_low AND :county_high
        AND b.division_code BETWEEN :low AND :high
        AND d.kind = 'regular'
        AND d.line_run_id IS NOT NULL
        AND d.month < :month
        AND m.after_fen > d.basic_fen
        AND m.after_fen > m.before_fen
        -- The dead are left to their settlement, as by the run itself.
        AND r.status <> 'dead'
) AS o
GROUP BY o.county_code, o.resident_id
