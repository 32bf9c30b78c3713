-- title: 每张收据的现金不超额缴存；冲正的缴费全部退还缴费人
-- A receipt may be of a sum for several years, each of which is reversed by itself.
WITH reversed AS (
    SELECT
        county_code,
        coalesce(payment_group_id, id) AS first_id,
        sum(amount_fen) AS amount_fen
    FROM contributions
    WHERE state = 'reversed'
    GROUP BY county_code, coalesce(payment_group_id, id)
)

SELECT
    p.county_code,
    p.id AS receipt_id,
    p.amount_fen,
    sum(m.amount_fen) AS moved_fen,
    c.state
FROM receipts AS p
INNER JOIN contributions AS c ON p.county_code = c.county_code AND p.contribution_id = c.id
LEFT JOIN reversed AS r ON p.county_code = r.county_code AND p.contribution_id = r.first_id
LEFT JOIN cash_movements AS m ON p.county_code = m.county_code AND p.id = m.receipt_id
GROUP BY p.county_code, p.id, p.amount_fen, p.contribution_count, c.state, r.amount_fen
HAVING
    coalesce(sum(m.amount_fen), 0) NOT BETWEEN 0 AND p.amount_fen
    OR coalesce(sum(m.amount_fen) FILTER (WHERE m.remittance_id IS NULL), 0)
    -- Of a single contribution the receipt knows what was cash: government may have paid the rest.
    <> CASE
        WHEN p.contribution_count > 1 THEN coalesce(r.amount_fen, 0)
        WHEN c.state = 'reversed' THEN p.amount_fen
        ELSE 0
    END
