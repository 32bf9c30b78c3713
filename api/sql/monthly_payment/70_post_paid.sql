-- Book what the bank paid in one town: journal, fund lines, account lines and balances in one statement, so that none
-- can be without the others. The dues are marked paid by the same statement; a due that is already paid, or a balance
-- that no longer suffices, shows in the counts, on which the service undoes everything.
-- The value date is the month of the run, when the money left the account.
-- Parameters: county_code, run_id, town, journal_id, dedup_key, posted_on, maker_id, checker_id, value_year,
-- value_month, first_seq, last_seq, skipped (numbers in between that the answer does not call paid).
WITH answered AS MATERIALIZED (
    SELECT
        l.seq,
        l.resident_id,
        l.division_code,
        l.month,
        l.kind,
        l.amount_fen,
        l.account_fen,
        l.personal_fen,
        l.collective_fen,
        l.gov_fen,
        l.fund_fen
    FROM payment_lines AS l
    WHERE
        l.county_code = :county_code AND l.run_id = :run_id AND l.seq BETWEEN :first_seq AND :last_seq
        AND l.seq <> ALL(CAST(:skipped AS bigint[]))
),

marked AS (
    UPDATE payment_dues d
    SET paid_on = :posted_on
    FROM answered AS l
    WHERE
        d.county_code = :county_code AND d.resident_id = l.resident_id AND d.month = l.month AND d.kind = l.kind
        AND d.line_run_id = :run_id AND d.paid_on IS NULL
        -- Says what the join says, as index conditions: the planner cannot know how little row-level security hides.
        AND d.resident_id = ANY(ARRAY(SELECT resident_id FROM answered))
        AND d.month = ANY(ARRAY(SELECT DISTINCT month FROM answered))
    RETURNING 1
),

owed AS MATERIALIZED (
    SELECT
        resident_id,
        min(division_code) AS division_code,
        sum(personal_fen)::bigint AS personal_fen,
        sum(collective_fen)::bigint AS collective_fen,
        sum(gov_fen)::bigint AS gov_fen,
        sum(fund_fen)::bigint AS fund_fen,
        count(*) FILTER (WHERE account_fen > 0) AS pensions
    FROM answered
    GROUP BY resident_id
),

changed AS (
    UPDATE accounts a
    SET
        personal_fen = a.personal_fen - o.personal_fen, collective_fen = a.collective_fen - o.collective_fen,
        gov_fen = a.gov_fen - o.gov_fen, paid_count = a.paid_count + o.pensions
    FROM owed AS o
    WHERE
        -- Who is paid the basic pension alone has an account that nothing is taken from.
        a.county_code = :county_code AND a.resident_id = o.resident_id AND o.pensions > 0
        AND a.personal_fen >= o.personal_fen
        AND a.collective_fen >= o.collective_fen AND a.gov_fen >= o.gov_fen
        AND a.resident_id = ANY(ARRAY(
            SELECT resident_id FROM owed
            WHERE pensions > 0
        ))
    RETURNING a.resident_id
),

written AS (
    INSERT INTO account_lines (
        county_code, resident_id, journal_id, value_year, value_month, division_code,
        personal_fen, collective_fen, gov_fen, fund_fen
    )
    SELECT
        :county_code,
        resident_id,
        :journal_id,
        :value_year,
        :value_month,
        division_code,
        -personal_fen,
        -collective_fen,
        -gov_fen,
        fund_fen
    FROM owed
    RETURNING 1
),

totals AS (
    SELECT
        coalesce(sum(personal_fen), 0)::bigint AS personal_fen,
        coalesce(sum(collective_fen), 0)::bigint AS collective_fen,
        coalesce(sum(gov_fen), 0)::bigint AS gov_fen,
        coalesce(sum(fund_fen), 0)::bigint AS fund_fen
    FROM owed
),

journal AS (
    INSERT INTO journals (county_code, id, division_code, kind, business_date, dedup_key, maker_id, checker_id, run_id)
    VALUES (:county_code, :journal_id, :town, 'payment_settled', :posted_on, :dedup_key, :maker_id, :checker_id, :run_id)
    RETURNING 1
),

booked AS (
    INSERT INTO fund_lines (county_code, journal_id, fund_account, party_id, division_code, debit_fen, credit_fen)
    SELECT
        :county_code,
        :journal_id,
        f.fund_account,
        0,
        :town,
        f.debit_fen,
        f.credit_fen
    FROM totals AS t
    CROSS JOIN
        LATERAL (
            VALUES
            ('liability_personal', t.personal_fen, 0), ('liability_collective', t.collective_fen, 0),
            ('liability_gov', t.gov_fen, 0), ('pool', t.fund_fen, 0),
            ('in_transit', 0, t.personal_fen + t.collective_fen + t.gov_fen + t.fund_fen)
        ) AS f (fund_account, debit_fen, credit_fen)
    WHERE f.debit_fen > 0 OR f.credit_fen > 0
    RETURNING 1
)

SELECT
    (SELECT count(*) FROM answered) AS lines,
    (SELECT coalesce(sum(amount_fen), 0)::bigint FROM answered) AS total_fen,
    (SELECT count(*) FROM marked) AS marked,
    (SELECT count(*) FROM owed) AS people,
    (
        SELECT count(*) FROM owed
        WHERE pensions > 0
    ) AS drawing,
    (SELECT count(*) FROM changed) AS changed,
    (SELECT count(*) FROM written) AS written
