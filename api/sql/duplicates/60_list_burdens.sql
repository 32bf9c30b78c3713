-- What hangs on a person's row: open cases and money. Contributions are counted for the reader; settled ones bind nobody.
-- :county_code, :resident_id  the person
SELECT
    EXISTS(
        SELECT 1
        FROM enrolments AS e
        WHERE
            e.county_code = :county_code AND e.resident_id = :resident_id
            AND e.state NOT IN ('rejected', 'terminated')
    ) AS enrolment,
    EXISTS(
        SELECT 1
        FROM accounts AS a
        WHERE
            a.county_code = :county_code AND a.resident_id = :resident_id
            AND a.personal_fen + a.collective_fen + a.gov_fen <> 0
    ) AS balance,
    EXISTS(
        SELECT 1
        FROM awards AS w
        WHERE
            w.county_code = :county_code AND w.resident_id = :resident_id AND w.state IN ('proposed', 'approved')
    ) AS award,
    EXISTS(
        SELECT 1
        FROM benefits AS b
        WHERE b.county_code = :county_code AND b.resident_id = :resident_id AND b.state <> 'terminated'
    ) AS benefit,
    EXISTS(
        SELECT 1
        FROM payment_dues AS d
        WHERE d.county_code = :county_code AND d.resident_id = :resident_id AND d.paid_on IS NULL
    ) AS due,
    (
        SELECT count(*)
        FROM contributions AS c
        WHERE c.county_code = :county_code AND c.resident_id = :resident_id AND c.state = 'posted'
    ) AS contributions
