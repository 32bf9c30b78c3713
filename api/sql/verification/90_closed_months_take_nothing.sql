-- title: 月结之后，该月没有再入账的凭证
SELECT
    p.county_code,
    p.month,
    j.id AS journal_id,
    j.kind,
    j.business_date
FROM fund_periods AS p
JOIN journals AS j
    ON
        p.county_code = j.county_code
        AND j.business_date >= p.month
        AND j.business_date < p.month + interval '1 month'
WHERE p.state IN ('closed', 'reopening') AND j.created_at > p.closed_at
