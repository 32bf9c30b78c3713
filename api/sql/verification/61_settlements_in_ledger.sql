-- title: 结算的应付、留存、追回、补发与凭证逐项相同
WITH booked AS (
    SELECT
        s.county_code,
        s.id,
        coalesce(sum(f.credit_fen - f.debit_fen) FILTER (WHERE f.fund_account = 'settlement_payable'), 0) AS payable_fen,
        coalesce(sum(f.debit_fen - f.credit_fen) FILTER (WHERE f.fund_account = 'recovery_receivable'), 0) AS receivable_fen,
        coalesce(sum(f.debit_fen - f.credit_fen) FILTER (WHERE f.fund_account = 'liability_personal'), 0) AS personal_fen,
        coalesce(sum(f.debit_fen - f.credit_fen) FILTER (WHERE f.fund_account = 'liability_collective'), 0)
            AS collective_fen,
        coalesce(sum(f.debit_fen - f.credit_fen) FILTER (WHERE f.fund_account = 'liability_gov'), 0) AS gov_fen,
        coalesce(sum(f.credit_fen - f.debit_fen) FILTER (WHERE f.fund_account = 'pool'), 0) AS pool_fen,
        coalesce(sum(f.credit_fen - f.debit_fen) FILTER (WHERE f.fund_account = 'interest_receivable'), 0)
            AS withdrawn_fen,
        coalesce(sum(f.credit_fen - f.debit_fen) FILTER (WHERE f.fund_account = 'subsidy_receivable'), 0) AS subsidy_fen
    FROM settlements AS s
    LEFT JOIN fund_lines AS f ON s.county_code = f.county_code AND s.journal_id = f.journal_id
    WHERE s.state IN ('approved', 'paid', 'closed', 'reversed')
    GROUP BY s.county_code, s.id
),

kept AS (
    SELECT
        s.county_code,
        s.id,
        s.resident_id,
        s.payable_fen,
        s.overpaid_basic_fen + s.overpaid_account_fen - s.set_off_fen AS receivable_fen,
        s.late_gov_fen,
        s.owed_fen,
        s.retained_fen + s.overpaid_basic_fen - s.shortfall_fen
        - coalesce(
            (
                SELECT sum(CAST(o.value ->> 'fund_fen' AS bigint))
                FROM jsonb_array_elements(s.breakdown -> 'owed') AS o
            ), 0
        ) AS pool_fen,
        CASE
            WHEN CAST(s.breakdown ->> 'posts_interest' AS boolean) THEN 1
            ELSE 0
        END AS posts,
        s.breakdown
    FROM settlements AS s
)

SELECT
    b.county_code,
    b.id AS settlement_id,
    k.payable_fen,
    b.payable_fen AS booked_fen,
    k.receivable_fen - b.receivable_fen AS receivable_difference_fen,
    k.pool_fen - b.pool_fen AS pool_difference_fen
FROM booked AS b
JOIN kept AS k ON b.county_code = k.county_code AND b.id = k.id
WHERE
    b.payable_fen <> k.payable_fen
    OR b.receivable_fen <> k.receivable_fen
    OR b.pool_fen <> k.pool_fen
    OR b.subsidy_fen <> k.late_gov_fen
    OR b.withdrawn_fen
    <> CAST(k.breakdown #>> '{withdrawn,personal_fen}' AS bigint)
    + CAST(k.breakdown #>> '{withdrawn,collective_fen}' AS bigint) + CAST(k.breakdown #>> '{withdrawn,gov_fen}' AS bigint)
    OR b.personal_fen
    <> CAST(k.breakdown #>> '{account,personal_fen}' AS bigint)
    + k.posts * CAST(k.breakdown #>> '{interest,personal_fen}' AS bigint)
    OR b.collective_fen
    <> CAST(k.breakdown #>> '{account,collective_fen}' AS bigint)
    + k.posts * CAST(k.breakdown #>> '{interest,collective_fen}' AS bigint)
    OR b.gov_fen
    <> CAST(k.breakdown #>> '{account,gov_fen}' AS bigint)
    + k.posts * CAST(k.breakdown #>> '{interest,gov_fen}' AS bigint)
    OR k.owed_fen
    <> coalesce(
        (
            SELECT sum(CAST(o.value ->> 'basic_fen' AS bigint) + CAST(o.value ->> 'account_fen' AS bigint))
            FROM jsonb_array_elements(k.breakdown -> 'owed') AS o
        ), 0
    )
