-- title: 应付结算款等于待支付的结算，应收追回等于追回中的金额，每笔支付都有凭证
WITH books AS (
    SELECT
        county_code,
        coalesce(sum(credit_fen - debit_fen) FILTER (WHERE fund_account = 'settlement_payable'), 0) AS payable_fen,
        coalesce(sum(debit_fen - credit_fen) FILTER (WHERE fund_account = 'recovery_receivable'), 0) AS receivable_fen
    FROM fund_lines
    WHERE fund_account IN ('settlement_payable', 'recovery_receivable')
    GROUP BY county_code
),

due AS (
    SELECT
        county_code,
        sum(payable_fen) AS payable_fen,
        sum(receivable_fen) AS receivable_fen
    FROM (
        SELECT
            county_code,
            payable_fen,
            0 AS receivable_fen
        FROM settlements
        WHERE state = 'approved'
        UNION ALL
        SELECT
            county_code,
            0,
            basic_fen + account_fen - set_off_fen - repaid_fen
        FROM recoveries
        WHERE state = 'open'
    ) AS one
    GROUP BY county_code
)

SELECT
    coalesce(b.county_code, d.county_code) AS county_code,
    NULL::bigint AS settlement_id,
    coalesce(b.payable_fen, 0) - coalesce(d.payable_fen, 0) AS payable_difference_fen,
    coalesce(b.receivable_fen, 0) - coalesce(d.receivable_fen, 0) AS receivable_difference_fen
FROM books AS b
FULL JOIN due AS d ON b.county_code = d.county_code
WHERE
    coalesce(b.payable_fen, 0) <> coalesce(d.payable_fen, 0)
    OR coalesce(b.receivable_fen, 0) <> coalesce(d.receivable_fen, 0)
UNION ALL
SELECT
    s.county_code,
    s.id,
    s.payable_fen - coalesce(f.paid_fen, 0),
    0
FROM settlements AS s
LEFT JOIN (
    SELECT
        county_code,
        journal_id,
        sum(credit_fen - debit_fen) AS paid_fen
    FROM fund_lines
    WHERE fund_account = 'expenditure_account'
    GROUP BY county_code, journal_id
) AS f ON s.county_code = f.county_code AND s.payment_journal_id = f.journal_id
WHERE s.state = 'paid' AND s.payable_fen <> coalesce(f.paid_fen, 0)
