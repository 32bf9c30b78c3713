-- What of a land project's money has arrived and is not paid back, and what is on people's accounts.
-- :county_code, :project_id  the project
SELECT
    coalesce(sum(l.amount_fen) FILTER (WHERE p.confirmed_by_id IS NOT NULL), 0) AS received_fen,
    coalesce(sum(l.amount_fen) FILTER (WHERE l.state = 'posted'), 0) AS posted_fen
FROM payer_lists AS p
INNER JOIN payer_list_lines AS l ON p.county_code = l.county_code AND p.id = l.list_id
WHERE
    p.county_code = :county_code AND p.land_project_id = :project_id AND p.state <> 'withdrawn'
    AND l.state NOT IN ('refunded', 'readdressed')
