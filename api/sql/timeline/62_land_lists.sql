-- Approval of a list of 被征地农民 with the person on it: what is due.
-- :county_code, :resident_id  the person
SELECT
    p.approved_on AS on_day,
    s.decided_at AS at,
    'land_approved' AS kind,
    p.id AS ref,
    p.name AS word,
    p.approval_number AS detail,
    l.sum_fen AS amount_fen,
    p.approved_by_id AS actor_id,
    'land_project' AS subject_kind,
    p.id AS subject_id
FROM land_persons AS l
INNER JOIN land_projects AS p ON l.county_code = p.county_code AND l.project_id = p.id AND p.state = 'approved'
INNER JOIN land_project_steps AS s
    ON
        p.county_code = s.county_code
        AND p.id = s.project_id
        AND p.round = s.round
        AND s.step = 'county_approval'
WHERE l.county_code = :county_code AND l.resident_id = :resident_id AND l.until_round IS NULL
