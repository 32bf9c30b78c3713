-- title: 每个年度、每种缴费只计一次
SELECT
    county_code,
    resident_id,
    contribution_year,
    kind,
    instalment,
    payer_list_id,
    count(*) AS times
FROM contributions
WHERE state = 'posted'
GROUP BY county_code, resident_id, contribution_year, kind, instalment, payer_list_id
HAVING count(*) > 1
