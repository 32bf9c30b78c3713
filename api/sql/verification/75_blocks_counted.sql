-- title: 收据号段已用数等于已入账与已作废之和，且由他人发放、交回
SELECT
    b.county_code,
    b.id AS block_id,
    b.collector_id,
    b.used_count,
    used.receipts,
    used.voids
FROM receipt_blocks AS b
CROSS JOIN
    LATERAL (
        SELECT
            (
                SELECT count(*) FROM receipts AS p
                WHERE
                    p.county_code = b.county_code AND p.collector_id = b.collector_id
                    AND p.number BETWEEN b.first_number AND b.last_number
            ) AS receipts,
            (
                SELECT count(*) FROM receipt_voids AS v
                WHERE
                    v.county_code = b.county_code AND v.collector_id = b.collector_id AND v.state = 'confirmed'
                    AND v.block_id = b.id
            ) AS voids
    ) AS used
WHERE b.used_count <> used.receipts + used.voids OR b.issued_by_id = b.collector_id OR b.returned_by_id = b.collector_id
