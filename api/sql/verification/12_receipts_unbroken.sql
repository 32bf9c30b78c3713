-- title: 每个收款人的收据号码连续：在线开具的与号段合起来从1起不重不漏
WITH given AS (
    SELECT
        p.county_code,
        p.collector_id,
        p.number AS first_number,
        p.number AS last_number
    FROM receipts AS p
    WHERE
        NOT EXISTS (
            SELECT 1 FROM receipt_blocks AS b
            WHERE
                b.county_code = p.county_code AND b.collector_id = p.collector_id
                AND p.number BETWEEN b.first_number AND b.last_number
        )
    UNION ALL
    SELECT
        county_code,
        collector_id,
        first_number,
        last_number
    FROM receipt_blocks
),

placed AS (
    SELECT
        g.*,
        lag(g.last_number, 1, 0) OVER (
            PARTITION BY g.county_code, g.collector_id
            ORDER BY g.first_number, g.last_number
        ) AS before_number
    FROM given AS g
)

SELECT
    county_code,
    collector_id,
    first_number,
    before_number
FROM placed
WHERE first_number <> before_number + 1
UNION ALL
SELECT
    u.county_code,
    u.id,
    u.receipt_count,
    coalesce(max(g.last_number), 0)
FROM users AS u
LEFT JOIN given AS g ON u.county_code = g.county_code AND u.id = g.collector_id
GROUP BY u.county_code, u.id, u.receipt_count
HAVING u.receipt_count <> coalesce(max(g.last_number), 0)
