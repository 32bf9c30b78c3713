-- title: 征地名单由村、街道、县三方不同的人办理，公示期满才核对
SELECT
    p.county_code,
    p.id AS project_id,
    p.state
FROM land_projects AS p
LEFT JOIN (
    SELECT
        county_code,
        project_id,
        round,
        max(decided_by_id) FILTER (WHERE step = 'list') AS listed_by_id,
        max(decided_by_id) FILTER (WHERE step = 'publish') AS published_by_id,
        max(decided_on) FILTER (WHERE step = 'publish') AS published_on,
        max(decided_by_id) FILTER (WHERE step = 'town_check') AS checked_by_id,
        max(decided_on) FILTER (WHERE step = 'town_check') AS checked_on,
        max(decided_by_id) FILTER (WHERE step = 'county_approval') AS approved_by_id
    FROM land_project_steps
    WHERE decision = 'approve'
    GROUP BY county_code, project_id, round
) AS s ON p.county_code = s.county_code AND p.id = s.project_id AND p.round = s.round
WHERE
    (
        p.state IN ('town_checked', 'approved')
        AND (
            s.listed_by_id IS NULL
            OR s.published_by_id IS NULL
            OR s.checked_by_id IS NULL
            OR s.checked_by_id IN (s.listed_by_id, s.published_by_id, p.created_by_id, 1)
            OR s.checked_on <= p.published_until
            OR s.published_on <> p.published_on
        )
    )
    OR (
        p.state = 'approved'
        AND (
            s.approved_by_id IS NULL
            OR s.approved_by_id IN (s.listed_by_id, s.published_by_id, s.checked_by_id, p.created_by_id, 1)
            OR (s.listed_by_id, s.checked_by_id, s.approved_by_id) IS DISTINCT FROM
            (p.listed_by_id, p.checked_by_id, p.approved_by_id)
        )
    )
