-- title: 满60周岁次月之前、核定起始月之前没有应发待遇
SELECT
    d.county_code,
    d.resident_id,
    d.month,
    w.start_month,
    r.birth_date
FROM payment_dues AS d
JOIN residents AS r ON d.county_code = r.county_code AND d.resident_id = r.id
LEFT JOIN benefits AS b ON d.county_code = b.county_code AND d.resident_id = b.resident_id
LEFT JOIN awards AS w ON b.county_code = w.county_code AND b.award_id = w.id AND w.state = 'approved'
WHERE
    w.id IS NULL OR d.month < w.start_month OR d.month < date_trunc('month', r.birth_date + interval '60 years')
    OR (w.basis = 'turning_60' AND d.month <= date_trunc('month', r.birth_date + interval '60 years'))
