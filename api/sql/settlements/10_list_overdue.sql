-- The dead who are still insured after the days that the law gives, with what their account holds and how far their
-- 注销登记 has come: nobody may be forgotten with money in an account.
-- :low, :high      division codes
-- :died_before     died on this day or before
-- :after_on, :after_id  the last one of the page before; the first of all times for the first page
-- :maximum         rows at most
SELECT
    r.id AS resident_id,
    r.name,
    r.division_code,
    d.name AS division_name,
    r.status_on AS died_on,
    a.personal_fen + a.collective_fen + a.gov_fen AS balance_fen,
    c.id AS cancellation_id,
    c.state AS cancellation_state,
    s.id AS settlement_id,
    s.state AS settlement_state
FROM residents AS r
INNER JOIN enrolments AS e ON r.county_code = e.county_code AND r.id = e.resident_id AND e.state = 'county_approved'
INNER JOIN accounts AS a ON r.county_code = a.county_code AND r.id = a.resident_id
LEFT JOIN divisions AS d ON r.division_code = d.code
LEFT JOIN cancellations AS c
    ON
        r.county_code = c.county_code AND r.id = c.resident_id
        AND c.state IN ('draft', 'village_checked', 'township_reviewed', 'returned', 'county_approved')
LEFT JOIN settlements AS s
    ON r.county_code = s.county_code AND r.id = s.resident_id AND s.state IN ('computed', 'approved')
WHERE
    r.division_code BETWEEN :low AND :high
    AND r.status = 'dead'
    AND r.status_on <= :died_before
    AND (r.status_on, r.id) > (cast(:after_on AS date), cast(:after_id AS bigint))
ORDER BY r.status_on, r.id
LIMIT :maximum
