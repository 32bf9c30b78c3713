-- title: 动用资金的凭证都有两个人，且不是同一人
SELECT
    county_code,
    id AS journal_id,
    kind,
    maker_id,
    checker_id
FROM journals
WHERE
    checker_id = maker_id OR checker_id = 1
    OR (
        checker_id IS NULL
        AND kind IN (
            'interest', 'settlement_interest', 'remittance', 'payment_sent', 'payment_settled',
            'payment_refused', 'fund_transfer', 'bank_interest', 'reversal', 'settlement', 'settlement_paid', 'recovery_repaid',
            'collection', 'payer_list', 'government_paid', 'interest_correction', 'subsidy', 'subsidy_claim',
            'subsidy_received', 'late_subsidy_interest', 'suspense'
        )
    )
