-- title: 已参保人员都有个人账户，账户都有参保登记
SELECT
    coalesce(e.county_code, a.county_code) AS county_code,
    coalesce(e.resident_id, a.resident_id) AS resident_id,
    e.id AS enrolment_id
FROM (SELECT
    county_code,
    resident_id,
    id
FROM enrolments
WHERE state IN ('county_approved', 'terminated')) AS e
FULL JOIN accounts AS a ON e.county_code = a.county_code AND e.resident_id = a.resident_id
WHERE a.resident_id IS NULL OR e.id IS NULL
