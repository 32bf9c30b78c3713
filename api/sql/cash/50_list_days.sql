-- Cash in hand by day of receipt: what is not paid in, and what is paid in but not confirmed by the bank.
-- :county_code   county of the collector
-- :collector_id  the collector
SELECT
    d.issued_on,
    sum(d.held_fen) AS held_fen,
    sum(d.waiting_fen) AS waiting_fen
FROM (
    SELECT
        p.issued_on,
        p.amount_fen - coalesce(sum(m.amount_fen) FILTER (WHERE m.remittance_id IS NULL OR t.state = 'confirmed'), 0)
            AS held_fen,
        coalesce(sum(m.amount_fen) FILTER (WHERE t.state IN ('recorded', 'disputed')), 0) AS waiting_fen
    FROM receipts AS p
    INNER JOIN users AS u ON p.county_code = u.county_code AND p.collector_id = u.id
    LEFT JOIN cash_movements AS m ON p.county_code = m.county_code AND p.id = m.receipt_id
    LEFT JOIN remittances AS t ON m.county_code = t.county_code AND m.remittance_id = t.id
    WHERE p.county_code = :county_code AND p.collector_id = :collector_id AND p.issued_on >= u.cash_oldest_on
    GROUP BY p.id, p.issued_on, p.amount_fen
) AS d
GROUP BY d.issued_on
HAVING sum(d.held_fen) > 0
ORDER BY d.issued_on
