-- title: 已并入的登记没有未终结的参保、余额、待遇
SELECT
    r.county_code,
    r.id AS resident_id,
    e.id AS enrolment_id,
    a.personal_fen + a.collective_fen + a.gov_fen AS balance_fen,
    b.state AS benefit_state,
    w.id AS award_id
FROM residents AS r
LEFT JOIN enrolments AS e
    ON r.county_code = e.county_code AND r.id = e.resident_id AND e.state NOT IN ('rejected', 'terminated')
LEFT JOIN accounts AS a
    ON
        r.county_code = a.county_code AND r.id = a.resident_id
        AND a.personal_fen + a.collective_fen + a.gov_fen <> 0
LEFT JOIN benefits AS b
    ON r.county_code = b.county_code AND r.id = b.resident_id AND b.state <> 'terminated'
LEFT JOIN awards AS w
    ON r.county_code = w.county_code AND r.id = w.resident_id AND w.state IN ('proposed', 'approved')
WHERE
    r.status = 'merged'
    AND (e.id IS NOT NULL OR a.resident_id IS NOT NULL OR b.resident_id IS NOT NULL OR w.id IS NOT NULL)
