-- Towns in which the people of a list's open lines live now.
-- :county_code, :list_id  the list
SELECT
    r.division_code / 1000 * 1000 AS town_code,
    count(*) AS line_count,
    sum(l.amount_fen) AS total_fen
FROM payer_list_lines AS l
INNER JOIN residents AS r ON l.county_code = r.county_code AND l.resident_id = r.id
WHERE l.county_code = :county_code AND l.list_id = :list_id AND l.state = 'listed'
GROUP BY r.division_code / 1000
ORDER BY r.division_code / 1000
