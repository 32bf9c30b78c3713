-- title: 现金缴存等于所含收据之和，退回的缴存不含收据
SELECT
    t.county_code,
    t.id AS remittance_id,
    t.state,
    t.amount_fen,
    coalesce(sum(m.amount_fen), 0) AS covered_fen
FROM remittances AS t
LEFT JOIN cash_movements AS m
    ON t.county_code = m.county_code AND t.id = m.remittance_id AND t.collector_id = m.collector_id
GROUP BY t.county_code, t.id, t.state, t.amount_fen
HAVING coalesce(sum(m.amount_fen), 0) <> CASE WHEN t.state = 'rejected' THEN 0 ELSE t.amount_fen END
