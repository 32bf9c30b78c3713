-- The receipts whose cash is in a remittance, the oldest first.
-- :county_code    county of the remittance
-- :remittance_id  the remittance
-- :after_day, :after_number, :maximum  place in the list
SELECT
    p.id,
    p.number,
    p.issued_on,
    p.resident_id,
    p.amount_fen,
    sum(m.amount_fen) AS covered_fen
FROM cash_movements AS m
INNER JOIN receipts AS p ON m.county_code = p.county_code AND m.receipt_id = p.id
WHERE m.county_code = :county_code AND m.remittance_id = :remittance_id
GROUP BY p.id, p.number, p.issued_on, p.resident_id, p.amount_fen
HAVING sum(m.amount_fen) > 0 AND (p.issued_on, p.number) > (cast(:after_day AS date), cast(:after_number AS int))
ORDER BY p.issued_on, p.number
LIMIT :maximum
