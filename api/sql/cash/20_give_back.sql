-- Returns the cash of a remittance that never arrived to the receipts that it was taken from.
-- :county_code    county of the remittance
-- :remittance_id  the remittance
INSERT INTO cash_movements (county_code, id, division_code, collector_id, receipt_id, remittance_id, amount_fen)
SELECT
    m.county_code,
    m.county_code * 10000000000 + nextval('serials'),
    min(m.division_code),
    m.collector_id,
    m.receipt_id,
    m.remittance_id,
    -sum(m.amount_fen)
FROM cash_movements AS m
WHERE m.county_code = :county_code AND m.remittance_id = :remittance_id
GROUP BY m.county_code, m.collector_id, m.receipt_id, m.remittance_id
HAVING sum(m.amount_fen) <> 0
