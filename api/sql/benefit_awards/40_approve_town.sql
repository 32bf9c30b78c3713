-- Approve proposed awards of one town: benefits start, settlement interest is booked, accounts draw. One statement, so
-- that no benefit starts without its booking. An award whose account is no longer as it was when the award was proposed,
-- or whose person has died or has another pension since, is not taken and stays proposed.
-- Parameters: county_code, town, ids, actor_id, today, opinion, journal_id, dedup_key, maker_id.
WITH chosen AS MATERIALIZED (
    SELECT
        w.id,
        w.resident_id,
        w.division_code,
        w.start_month,
        w.settled_on,
        w.personal_fen,
        w.collective_fen,
        w.gov_fen,
        w.account_pension_fen,
        CAST(w.breakdown #>> '{interest,personal_fen}' AS bigint) AS ip,
        CAST(w.breakdown #>> '{interest,collective_fen}' AS bigint) AS ic,
        CAST(w.breakdown #>> '{interest,gov_fen}' AS bigint) AS ig
    FROM awards AS w
    JOIN accounts AS a
        ON w.county_code = a.county_code AND w.resident_id = a.resident_id AND a.state = 'open' AND a.cancels_on IS NULL
    JOIN residents AS r
        ON
            w.county_code = r.county_code AND w.resident_id = r.id AND r.status = 'alive'
            AND NOT r.employee_insured AND NOT r.other_pension
    WHERE
        w.county_code = :county_code AND w.id = ANY(CAST(:ids AS bigint[])) AND w.state = 'proposed'
        AND w.division_code BETWEEN :town AND :town + 999 AND w.proposed_by_id = :maker_id AND w.proposed_by_id <> :actor_id
        AND a.interest_through IS NOT DISTINCT FROM CAST(w.breakdown ->> 'interest_through' AS date)
        AND a.personal_fen + CAST(w.breakdown #>> '{interest,personal_fen}' AS bigint) = w.personal_fen
        AND a.collective_fen + CAST(w.breakdown #>> '{interest,collective_fen}' AS bigint) = w.collective_fen
        AND a.gov_fen + CAST(w.breakdown #>> '{interest,gov_fen}' AS bigint) = w.gov_fen
    FOR UPDATE OF w, a
),

changed AS (
    UPDATE accounts a
    SET
        personal_fen = a.personal_fen + c.ip, collective_fen = a.collective_fen + c.ic, gov_fen = a.gov_fen + c.ig,
        state = 'drawing', interest_through = greatest(a.interest_through, c.settled_on)
    FROM chosen AS c
    WHERE a.county_code = :county_code AND a.resident_id = c.resident_id
    RETURNING 1
),

written AS (
    INSERT INTO account_lines (
        county_code, resident_id, journal_id, value_year, value_month, division_code,
        personal_fen, collective_fen, gov_fen
    )
    SELECT
        :county_code,
        resident_id,
        :journal_id,
        extract(YEAR FROM settled_on),
        extract(MONTH FROM settled_on),
        division_code,
        ip,
        ic,
        ig
    FROM chosen
    WHERE ip + ic + ig > 0
    RETURNING 1
),

totals AS (
    SELECT
        cast(coalesce(sum(ip), 0) AS bigint) AS ip,
        cast(coalesce(sum(ic), 0) AS bigint) AS ic,
        cast(coalesce(sum(ig), 0) AS bigint) AS ig
    FROM chosen
),

journal AS (
    INSERT INTO journals (county_code, id, division_code, kind, business_date, dedup_key, maker_id, checker_id)
    SELECT
        :county_code,
        :journal_id,
        :town,
        'settlement_interest',
        :today,
        :dedup_key,
        :maker_id,
        :actor_id
    FROM totals
    WHERE ip + ic + ig > 0
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
            ('interest_receivable', t.ip + t.ic + t.ig, 0), ('liability_personal', 0, t.ip),
            ('liability_collective', 0, t.ic), ('liability_gov', 0, t.ig)
        ) AS f (fund_account, debit_fen, credit_fen)
    WHERE f.debit_fen > 0 OR f.credit_fen > 0
    RETURNING 1
),

started AS (
    INSERT INTO benefits (
        county_code, resident_id, division_code, award_id, state, start_month, award_personal_fen,
        award_collective_fen, award_gov_fen, account_pension_fen
    )
    SELECT
        :county_code,
        resident_id,
        division_code,
        id,
        'active',
        start_month,
        personal_fen,
        collective_fen,
        gov_fen,
        account_pension_fen
    FROM chosen
    RETURNING 1
),

decided AS (
    UPDATE awards w
    SET
        state = 'approved', decided_by_id = :actor_id, decided_on = :today, decided_at = now(), opinion = :opinion,
        version = w.version + 1, journal_id = CASE WHEN c.ip + c.ic + c.ig > 0 THEN CAST(:journal_id AS bigint) END
    FROM chosen AS c
    WHERE w.county_code = :county_code AND w.id = c.id
    RETURNING 1
)

SELECT
    (SELECT count(*) FROM chosen) AS chosen,
    (SELECT count(*) FROM changed) AS changed,
    (SELECT count(*) FROM started) AS started,
    (SELECT count(*) FROM decided) AS decided,
    (SELECT ip + ic + ig FROM totals) AS interest_fen
