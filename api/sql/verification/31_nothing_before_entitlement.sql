-- title: 满60周岁次月之前、核定起始月之前没有应发待遇
SELECT d.county_code, d.resident_id, d.month, w.start_month, r.birth_date
  FROM payment_dues d
  JOIN residents r ON r.county_code = d.county_code AND r.id = d.resident_id
  LEFT JOIN benefits b ON b.county_code = d.county_code AND b.resident_id = d.resident_id
  LEFT JOIN awards w ON w.county_code = b.county_code AND w.id = b.award_id AND w.state = 'approved'
 WHERE w.id IS NULL OR d.month < w.start_month OR d.month < date_trunc('month', r.birth_date + interval '60 years')
    OR (w.basis = 'turning_60' AND d.month <= date_trunc('month', r.birth_date + interval '60 years'))
