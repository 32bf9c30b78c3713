-- Totals of `register` (06_judge_people) by village, status and reason.
SELECT
    register.division_code,
    register.status,
    register.reason,
    count(*) AS person_count
FROM register
GROUP BY register.division_code, register.status, register.reason
ORDER BY register.division_code, register.status, register.reason
