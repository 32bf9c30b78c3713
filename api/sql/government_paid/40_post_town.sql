-- Posts a town's lines for whoever still fulfils what the run found: balances, account lines and contributions in one
-- statement, so that none can exist without the others. The accounts are locked by the step before.
-- :county_code, :run_id, :low, :high  the run's town
-- :journal_id                         the town's journal
-- :on_day, :year                      day of payment, and the year it is for
-- :maker_id, :law_serial              who computed the run, and by which state of the dated law
-- :is_one_law                         whether all its villages live under one law: else who moved is judged anew
WITH chosen AS MATERIALIZED (
    SELECT
        l.resident_id,
        l.tier_fen,
        l.subsidy_fen,
        l.waiting_subsidy_fen,
        r.division_code,
        coalesce(a.interest_through >= :on_day, FALSE) AS is_closed,
        CAST(:county_code AS bigint) * 10000000000 + nextval('serials') AS contribution_id
    FROM government_paid_lines AS l
    INNER JOIN residents AS r ON l.county_code = r.county_code AND l.resident_id = r.id
    INNER JOIN enrolments AS e
        ON r.county_code = e.county_code AND r.id = e.resident_id AND e.state = 'county_approved'
    INNER JOIN accounts AS a ON r.county_code = a.county_code AND r.id = a.resident_id
    WHERE
        l.county_code = :county_code AND l.run_id = :run_id AND l.division_code BETWEEN :low AND :high
        AND l.outcome = 'pay' AND l.contribution_id IS NULL
        AND (r.status = 'alive' OR r.status_on >= :on_day)
        AND (:is_one_law OR r.division_code = l.division_code)
        AND a.state = 'open'
        AND (a.cancels_on IS NULL OR a.cancels_on >= :on_day)
        AND NOT EXISTS (
            SELECT 1
            FROM contributions AS c
            WHERE
                c.county_code = r.county_code AND c.resident_id = r.id AND c.contribution_year = :year
                AND c.kind IN ('annual', 'make_up', 'government_paid', 'lump_sum') AND c.state = 'posted'
        )
        AND NOT EXISTS (
            SELECT 1
            FROM collection_lines AS s
            INNER JOIN collection_batches AS b ON s.county_code = b.county_code AND s.batch_id = b.id
            LEFT JOIN collection_outcomes AS o
                ON s.county_code = o.county_code AND s.batch_id = o.batch_id AND s.seq = o.seq
            WHERE
                s.county_code = r.county_code AND s.resident_id = r.id AND s.contribution_year = :year
                AND b.state IN ('sent', 'posted') AND o.seq IS NULL
        )
),

changed AS (
    UPDATE accounts AS a
    SET gov_fen = a.gov_fen + chosen.tier_fen + chosen.subsidy_fen
    FROM chosen
    WHERE a.county_code = :county_code AND a.resident_id = chosen.resident_id
    RETURNING a.resident_id
),

posted AS (
    INSERT INTO account_lines (
        county_code, resident_id, journal_id, value_year, value_month, division_code, gov_fen, contribution_year
    )
    SELECT
        :county_code,
        chosen.resident_id,
        :journal_id,
        extract(YEAR FROM CAST(:on_day AS date)),
        extract(MONTH FROM CAST(:on_day AS date)),
        chosen.division_code,
        chosen.tier_fen + chosen.subsidy_fen,
        :year
    FROM chosen
    INNER JOIN changed ON chosen.resident_id = changed.resident_id
    ORDER BY chosen.resident_id
),

recorded AS (
    INSERT INTO contributions (
        county_code, id, resident_id, division_code, contribution_year, kind, instalment, tier_fen, amount_fen,
        subsidy_fen, waiting_subsidy_fen, paid_on, channel, journal_id, law_serial, recorded_by_id
    )
    SELECT
        :county_code,
        chosen.contribution_id,
        chosen.resident_id,
        chosen.division_code,
        :year,
        'government_paid',
        0,
        chosen.tier_fen,
        chosen.tier_fen AS amount_fen,
        chosen.subsidy_fen,
        chosen.waiting_subsidy_fen,
        :on_day,
        'government',
        :journal_id,
        :law_serial,
        :maker_id
    FROM chosen
    INNER JOIN changed ON chosen.resident_id = changed.resident_id
    ORDER BY chosen.contribution_id
),

marked AS (
    UPDATE government_paid_lines AS l
    SET contribution_id = chosen.contribution_id
    FROM chosen
    INNER JOIN changed ON chosen.resident_id = changed.resident_id
    WHERE l.county_code = :county_code AND l.run_id = :run_id AND l.resident_id = chosen.resident_id
)

SELECT
    count(*) AS row_count,
    coalesce(sum(chosen.tier_fen), 0) AS paid_fen,
    coalesce(sum(chosen.subsidy_fen), 0) AS subsidy_fen,
    -- Whose interest of the day is posted already, to be corrected.
    array_agg(chosen.resident_id) FILTER (WHERE chosen.is_closed) AS closed_ids
FROM chosen
INNER JOIN changed ON chosen.resident_id = changed.resident_id
