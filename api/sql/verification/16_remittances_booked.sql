-- title: 已确认的现金缴存与账簿金额相同
SELECT
    m.county_code,
    m.id AS remittance_id,
    m.amount_fen
FROM remittances AS m
WHERE
    m.confirmed_by_id IS NOT NULL
    AND NOT EXISTS (
        SELECT 1 FROM fund_lines AS f
        WHERE
            f.county_code = m.county_code AND f.journal_id = m.journal_id AND f.fund_account = 'cash_in_hand'
            AND f.party_id = m.collector_id AND f.credit_fen = m.amount_fen
    )
