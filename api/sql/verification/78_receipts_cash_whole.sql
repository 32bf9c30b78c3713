-- title: 每张收据的现金不超额缴存；冲正的收据全部退还缴费人
SELECT
    p.county_code,
    p.id AS receipt_id,
    p.amount_fen,
    sum(m.amount_fen) AS moved_fen,
    c.state
FROM receipts AS p
INNER JOIN contributions AS c ON p.county_code = c.county_code AND p.contribution_id = c.id
LEFT JOIN cash_movements AS m ON p.county_code = m.county_code AND p.id = m.receipt_id
GROUP BY p.county_code, p.id, p.amount_fen, c.state
HAVING
    coalesce(sum(m.amount_fen), 0) NOT BETWEEN 0 AND p.amount_fen
    OR coalesce(sum(m.amount_fen) FILTER (WHERE m.remittance_id IS NULL), 0)
    <> CASE WHEN c.state = 'reversed' THEN p.amount_fen ELSE 0 END
