-- title: 同一轮次中，经办人、委托人、受托人不重复，申报人不初审、不复核
WITH decided AS (
    SELECT
        d.county_code,
        d.enrolment_id AS case_id,
        d.division_code,
        d.round,
        d.step,
        d.decided_by_id,
        d.on_behalf_of_id,
        CASE WHEN e.round = d.round THEN e.created_by_id END AS created_by_id
    FROM enrolment_decisions AS d
    INNER JOIN enrolments AS e ON d.county_code = e.county_code AND d.enrolment_id = e.id
    UNION ALL
    SELECT
        d.county_code,
        d.request_id,
        d.division_code,
        d.round,
        d.step,
        d.decided_by_id,
        d.on_behalf_of_id,
        CASE WHEN c.round = d.round THEN c.created_by_id END
    FROM change_request_decisions AS d
    INNER JOIN change_requests AS c ON d.county_code = c.county_code AND d.request_id = c.id
    UNION ALL
    SELECT
        d.county_code,
        d.cancellation_id,
        d.division_code,
        d.round,
        d.step,
        d.decided_by_id,
        d.on_behalf_of_id,
        CASE WHEN c.round = d.round THEN c.created_by_id END
    FROM cancellation_decisions AS d
    INNER JOIN cancellations AS c ON d.county_code = c.county_code AND d.cancellation_id = c.id
)

SELECT
    county_code,
    case_id,
    step,
    decided_by_id AS person_id
FROM decided
WHERE
    decided_by_id IN (on_behalf_of_id, 1)
    OR (step <> 'village_check' AND created_by_id IN (decided_by_id, on_behalf_of_id))
UNION ALL
SELECT
    county_code,
    case_id,
    max(step),
    person_id
FROM (
    SELECT
        county_code,
        case_id,
        round,
        step,
        decided_by_id AS person_id
    FROM decided
    UNION ALL
    SELECT
        county_code,
        case_id,
        round,
        step,
        on_behalf_of_id
    FROM decided
    WHERE on_behalf_of_id IS NOT NULL
) AS hands
GROUP BY county_code, case_id, round, person_id
HAVING count(*) > 1
