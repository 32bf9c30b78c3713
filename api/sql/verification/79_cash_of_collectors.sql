-- title: 收款人手存现金及最早收款日与账簿、收据一致
WITH held AS (
    SELECT
        county_code,
        party_id AS collector_id,
        sum(debit_fen - credit_fen) AS book_fen
    FROM fund_lines
    WHERE fund_account = 'cash_in_hand'
    GROUP BY county_code, party_id
),

gone AS (
    SELECT
        m.county_code,
        m.receipt_id,
        sum(m.amount_fen) AS gone_fen
    FROM cash_movements AS m
    LEFT JOIN remittances AS t ON m.county_code = t.county_code AND m.remittance_id = t.id
    WHERE m.remittance_id IS NULL OR t.state = 'confirmed'
    GROUP BY m.county_code, m.receipt_id
),

papers AS (
    SELECT
        p.county_code,
        p.collector_id,
        sum(p.amount_fen - coalesce(g.gone_fen, 0)) AS paper_fen,
        min(p.issued_on) FILTER (WHERE p.amount_fen > coalesce(g.gone_fen, 0)) AS oldest_on
    FROM receipts AS p
    LEFT JOIN gone AS g ON p.county_code = g.county_code AND p.id = g.receipt_id
    GROUP BY p.county_code, p.collector_id
)

SELECT
    coalesce(u.county_code, h.county_code) AS county_code,
    coalesce(u.id, h.collector_id) AS collector_id,
    u.cash_held_fen,
    h.book_fen,
    p.paper_fen,
    u.cash_oldest_on,
    p.oldest_on
FROM users AS u
FULL JOIN held AS h ON u.county_code = h.county_code AND u.id = h.collector_id
LEFT JOIN papers AS p ON u.county_code = p.county_code AND u.id = p.collector_id
WHERE
    coalesce(u.cash_held_fen, 0) <> coalesce(h.book_fen, 0)
    OR coalesce(u.cash_held_fen, 0) <> coalesce(p.paper_fen, 0)
    OR u.cash_oldest_on IS DISTINCT FROM p.oldest_on
