-- title: 作废的收据号码没有入账，在领用的号段之内，由他人确认
SELECT
    v.county_code,
    v.id AS void_id,
    v.collector_id,
    v.number
FROM receipt_voids AS v
LEFT JOIN receipt_blocks AS b ON v.county_code = b.county_code AND v.block_id = b.id
WHERE
    v.state <> 'refused'
    AND (
        b.id IS NULL OR b.collector_id <> v.collector_id OR v.number NOT BETWEEN b.first_number AND b.last_number
        OR v.decided_by_id = v.collector_id
        OR EXISTS (
            SELECT 1 FROM receipts AS p
            WHERE p.county_code = v.county_code AND p.collector_id = v.collector_id AND p.number = v.number
        )
    )
