-- An empty account for each approved case; somebody who was insured before keeps theirs. One that was settled for good
-- opens again, empty: it has earned nothing up to the year before.
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
ON CONFLICT (county_code, resident_id) DO UPDATE
    SET
        state = 'open', cancels_on = NULL, opened_on = excluded.opened_on,
        interest_through = greatest(
            accounts.interest_through, make_date(CAST(extract(YEAR FROM excluded.opened_on) AS integer) - 1, 12, 31)
        )
    WHERE accounts.state = 'closed'
