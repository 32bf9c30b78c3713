-- title: 征地项目的人数和金额等于名单之和，批准时与现在相同
SELECT
    p.county_code,
    p.id AS project_id,
    p.person_count,
    p.total_fen,
    count(l.id) AS listed,
    coalesce(sum(l.sum_fen), 0) AS listed_fen
FROM land_projects AS p
LEFT JOIN land_persons AS l ON p.county_code = l.county_code AND p.id = l.project_id AND l.until_round IS NULL
LEFT JOIN land_project_steps AS s
    ON
        p.county_code = s.county_code
        AND p.id = s.project_id
        AND p.round = s.round
        AND s.step = 'county_approval'
        AND s.decision = 'approve'
GROUP BY p.county_code, p.id, p.person_count, p.total_fen, p.state, s.person_count, s.total_fen
HAVING
    p.person_count <> count(l.id)
    OR p.total_fen <> coalesce(sum(l.sum_fen), 0)
    OR (p.state = 'approved' AND (s.person_count, s.total_fen) IS DISTINCT FROM (p.person_count, p.total_fen))
