-- title: 收据、现金缴费与账簿金额相同(一次缴多年的合开一张)
WITH paid AS (
    SELECT
        c.county_code,
        coalesce(c.payment_group_id, c.id) AS contribution_id,
        min(c.resident_id) AS resident_id,
        max(c.resident_id) AS last_resident_id,
        count(*) AS contribution_count
    FROM contributions AS c
    WHERE c.channel = 'cash'
    GROUP BY c.county_code, coalesce(c.payment_group_id, c.id)
),

held AS (
    SELECT
        c.county_code,
        coalesce(c.payment_group_id, c.id) AS contribution_id,
        f.party_id,
        sum(f.debit_fen) AS amount_fen
    FROM contributions AS c
    JOIN fund_lines AS f
        ON c.county_code = f.county_code AND c.journal_id = f.journal_id AND f.fund_account = 'cash_in_hand'
    WHERE c.channel = 'cash'
    GROUP BY c.county_code, coalesce(c.payment_group_id, c.id), f.party_id
)

SELECT
    coalesce(p.county_code, c.county_code) AS county_code,
    coalesce(p.contribution_id, c.contribution_id) AS contribution_id,
    p.amount_fen AS receipt_fen,
    h.amount_fen AS booked_fen
FROM receipts AS p
FULL JOIN paid AS c ON p.county_code = c.county_code AND p.contribution_id = c.contribution_id
LEFT JOIN held AS h
    ON p.county_code = h.county_code AND p.contribution_id = h.contribution_id AND p.collector_id = h.party_id
WHERE
    p.id IS NULL OR c.contribution_id IS NULL OR p.resident_id <> c.resident_id OR c.resident_id <> c.last_resident_id
    OR p.contribution_count <> c.contribution_count OR h.amount_fen IS DISTINCT FROM p.amount_fen
