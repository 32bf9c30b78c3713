-- The day of the oldest receipt whose cash the bank has not confirmed; no day when nothing is in hand.
-- :county_code   county of the collector
-- :collector_id  the collector
SELECT min(p.issued_on) AS oldest_on
FROM receipts AS p
INNER JOIN users AS u ON p.county_code = u.county_code AND p.collector_id = u.id
WHERE
    p.county_code = :county_code AND p.collector_id = :collector_id AND p.issued_on >= u.cash_oldest_on
    AND p.amount_fen > (
        SELECT coalesce(sum(m.amount_fen), 0)
        FROM cash_movements AS m
        LEFT JOIN remittances AS t ON m.county_code = t.county_code AND m.remittance_id = t.id
        WHERE
            m.county_code = p.county_code AND m.receipt_id = p.id
            AND (m.remittance_id IS NULL OR t.state = 'confirmed')
    )
