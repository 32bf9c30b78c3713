-- Lets a remittance take cash out of the collector's hand, the oldest receipts first; returns what was taken of each.
-- :county_code    county of the collector
-- :collector_id   whose row the caller has locked
-- :division_code  the collector's unit
-- :remittance_id  the remittance
-- :amount_fen     how much it takes
WITH held AS (
    SELECT
        p.id,
        p.issued_on,
        p.number,
        p.amount_fen - coalesce(sum(m.amount_fen), 0) AS open_fen
    FROM receipts AS p
    INNER JOIN users AS u ON p.county_code = u.county_code AND p.collector_id = u.id
    LEFT JOIN cash_movements AS m ON p.county_code = m.county_code AND p.id = m.receipt_id
    WHERE p.county_code = :county_code AND p.collector_id = :collector_id AND p.issued_on >= u.cash_oldest_on
    GROUP BY p.id, p.issued_on, p.number, p.amount_fen
    HAVING p.amount_fen > coalesce(sum(m.amount_fen), 0)
),

reached AS (
    SELECT
        h.*,
        sum(h.open_fen) OVER (ORDER BY h.issued_on, h.number) - h.open_fen AS before_fen
    FROM held AS h
)

INSERT INTO cash_movements (
    county_code, id, division_code, collector_id, receipt_id, remittance_id, amount_fen
)
SELECT
    :county_code,
    cast(:county_code AS bigint) * 10000000000 + nextval('serials'),
    :division_code,
    :collector_id,
    r.id,
    :remittance_id,
    least(r.open_fen, cast(:amount_fen AS bigint) - r.before_fen)
FROM reached AS r
WHERE r.before_fen < :amount_fen
ORDER BY r.issued_on, r.number
RETURNING receipt_id, amount_fen
