-- Who could not be credited on a day, and why; and whether interest is posted for that day already.
-- :county_code   county of the list
-- :resident_ids  the people
-- :on_day        day that the money arrived
SELECT
    r.id AS resident_id,
    r.division_code,
    CASE
        WHEN r.status <> 'alive' AND (r.status_on IS NULL OR r.status_on < :on_day) THEN 'gone'
        WHEN e.id IS NULL OR a.resident_id IS NULL THEN 'not_insured'
        WHEN a.state <> 'open' THEN 'account_not_open'
        WHEN a.cancels_on < :on_day THEN 'cancelling'
        WHEN extract(YEAR FROM a.opened_on) > extract(YEAR FROM CAST(:on_day AS date)) THEN 'opened_later'
    END AS left_reason,
    coalesce(a.interest_through >= :on_day, FALSE) AS period_closed
FROM residents AS r
LEFT JOIN enrolments AS e
    ON r.county_code = e.county_code AND r.id = e.resident_id AND e.state = 'county_approved'
LEFT JOIN accounts AS a ON r.county_code = a.county_code AND r.id = a.resident_id
WHERE r.county_code = :county_code AND r.id = ANY(:resident_ids)
ORDER BY r.id
