-- title: 收据、现金缴费与账簿金额相同
SELECT
    coalesce(p.county_code, c.county_code) AS county_code,
    coalesce(p.contribution_id, c.id) AS contribution_id,
    p.amount_fen AS receipt_fen,
    c.amount_fen AS contribution_fen
FROM receipts AS p
FULL JOIN (
    SELECT * FROM contributions
    WHERE channel = 'cash'
) AS c
    ON p.county_code = c.county_code AND p.contribution_id = c.id
WHERE
    p.id IS NULL OR c.id IS NULL OR p.resident_id <> c.resident_id
    OR NOT EXISTS (
        SELECT 1 FROM fund_lines AS f
        WHERE
            f.county_code = c.county_code AND f.journal_id = c.journal_id AND f.fund_account = 'cash_in_hand'
            AND f.party_id = p.collector_id AND f.debit_fen = p.amount_fen
    )
