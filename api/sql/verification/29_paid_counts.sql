-- title: 账户的已发次数等于已发的账户养老金笔数
SELECT
    coalesce(a.county_code, d.county_code) AS county_code,
    coalesce(a.resident_id, d.resident_id) AS resident_id,
    coalesce(a.paid_count, 0) AS paid_count,
    coalesce(d.pensions, 0) AS pensions
FROM accounts AS a
FULL JOIN (
    SELECT
        county_code,
        resident_id,
        count(*) AS pensions
    FROM payment_dues
    WHERE paid_on IS NOT NULL AND account_fen > 0
    GROUP BY county_code, resident_id
) AS d ON a.county_code = d.county_code AND a.resident_id = d.resident_id
WHERE coalesce(a.paid_count, 0) <> coalesce(d.pensions, 0)
