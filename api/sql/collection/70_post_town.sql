-- Book what the bank deducted in one town by one file: journal, fund lines, account lines, balances, contributions and
-- outcomes in one statement, so that none can be without the others. A person's line is booked into the unit where the
-- account is now. What does not fit shows in the counts, on which the service undoes everything.
-- Parameters: county_code, batch_id, file_no, town, journal_id, dedup_key, booked_on, deducted_on, value_year, value_month,
-- maker_id, checker_id, return_id, finding_number, law_serial.
WITH taken AS MATERIALIZED (
    SELECT
        j.seq,
        j.resident_id,
        j.division_code,
        j.contribution_year,
        j.kind,
        j.instalment,
        j.tier_fen,
        j.amount_fen,
        j.government_paid_fen,
        j.subsidy_fen,
        j.waiting_subsidy_fen,
        j.bank_code,
        :county_code * 10000000000 + nextval('serials') AS contribution_id
    FROM collection_judged AS j
    WHERE j.file_no = :file_no AND j.town = :town AND j.verdict = 'ok' AND j.succeeded
),

changed AS (
    UPDATE accounts a
    SET
        personal_fen = a.personal_fen + t.amount_fen,
        gov_fen = a.gov_fen + t.government_paid_fen + t.subsidy_fen
    FROM taken AS t
    WHERE
        a.county_code = :county_code AND a.resident_id = t.resident_id AND a.state = 'open'
        AND a.resident_id = ANY(ARRAY(SELECT resident_id FROM taken))
    RETURNING a.resident_id, coalesce(a.interest_through >= :deducted_on, FALSE) AS is_closed
),

written AS (
    INSERT INTO account_lines (
        county_code, resident_id, journal_id, value_year, value_month, division_code, personal_fen, gov_fen,
        contribution_year
    )
    SELECT
        :county_code,
        resident_id,
        :journal_id,
        :value_year,
        :value_month,
        division_code,
        amount_fen,
        government_paid_fen + subsidy_fen,
        contribution_year
    FROM taken
    RETURNING 1
),

contributed AS (
    INSERT INTO contributions (
        county_code, id, resident_id, division_code, contribution_year, kind, instalment, tier_fen, amount_fen,
        subsidy_fen, waiting_subsidy_fen, paid_on, channel, journal_id, law_serial, recorded_by_id
    )
    SELECT
        :county_code,
        contribution_id,
        resident_id,
        division_code,
        contribution_year,
        kind,
        instalment,
        tier_fen,
        amount_fen + government_paid_fen,
        subsidy_fen,
        waiting_subsidy_fen,
        :deducted_on,
        'bank_deduction',
        :journal_id,
        :law_serial,
        :maker_id
    FROM taken
    RETURNING 1
),

finished AS (
    INSERT INTO collection_outcomes (
        county_code, batch_id, seq, division_code, result, return_id, finding_number, contribution_id, bank_code
    )
    SELECT
        :county_code,
        :batch_id,
        seq,
        division_code,
        'deducted',
        CAST(:return_id AS bigint),
        CAST(:finding_number AS integer),
        contribution_id,
        bank_code
    FROM taken
    RETURNING 1
),

totals AS MATERIALIZED (
    SELECT
        coalesce(sum(amount_fen), 0)::bigint AS personal_fen,
        coalesce(sum(government_paid_fen + subsidy_fen), 0)::bigint AS gov_fen
    FROM taken
),

journal AS (
    INSERT INTO journals (county_code, id, division_code, kind, business_date, dedup_key, maker_id, checker_id, run_id)
    VALUES (
        :county_code, :journal_id, :town, 'collection', :booked_on, :dedup_key, :maker_id, :checker_id, :batch_id
    )
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
            ('income_account', t.personal_fen, 0), ('subsidy_receivable', t.gov_fen, 0),
            ('liability_personal', 0, t.personal_fen), ('liability_gov', 0, t.gov_fen)
        ) AS f (fund_account, debit_fen, credit_fen)
    WHERE f.debit_fen > 0 OR f.credit_fen > 0
    RETURNING 1
)

SELECT
    (SELECT count(*) FROM taken) AS lines,
    (SELECT personal_fen FROM totals) AS amount_fen,
    (SELECT count(*) FROM changed) AS changed,
    (SELECT count(*) FROM written) AS written,
    (SELECT count(*) FROM contributed) AS contributed,
    (SELECT count(*) FROM finished) AS finished,
    -- Whose interest of the day is posted already, to be corrected.
    (SELECT array_agg(resident_id) FILTER (WHERE is_closed) FROM changed) AS closed_ids
