-- An empty account for each approved case; somebody who was insured before keeps theirs.
-- :county_code    county of the unit
-- :opened_on      day of the county's approval
-- :enrolment_ids  the approved cases
INSERT INTO accounts (county_code, resident_id, division_code, opened_on)
SELECT
    e.county_code,
    e.resident_id,
    e.division_code,
    :opened_on
FROM enrolments AS e
WHERE
    e.county_code = :county_code
    AND e.id = any(:enrolment_ids)
ORDER BY e.resident_id
ON CONFLICT DO NOTHING
