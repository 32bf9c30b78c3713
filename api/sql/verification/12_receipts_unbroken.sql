-- title: 每个收费人的收据号码连续
SELECT
    county_code,
    collector_id,
    count(*) AS receipts,
    min(number) AS first_number,
    max(number) AS last_number
FROM receipts
GROUP BY county_code, collector_id
HAVING min(number) <> 1 OR max(number) <> count(*)
