-- title: 待遇与其核定相同，每份核定都有待遇
SELECT
    coalesce(b.county_code, w.county_code) AS county_code,
    coalesce(b.resident_id, w.resident_id) AS resident_id,
    w.id AS award_id
FROM benefits AS b
FULL JOIN (
    SELECT * FROM awards
    WHERE state = 'approved'
) AS w
    ON b.county_code = w.county_code AND b.award_id = w.id
WHERE
    b.resident_id IS NULL OR w.id IS NULL OR b.resident_id <> w.resident_id OR b.start_month < w.start_month
    OR b.award_personal_fen <> w.personal_fen OR b.award_collective_fen <> w.collective_fen
    OR b.award_gov_fen <> w.gov_fen OR b.account_pension_fen <> w.account_pension_fen
