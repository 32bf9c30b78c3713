-- Locks the accounts of a list's open lines, in the order of the people, against payments and runs that go on meanwhile.
-- :county_code, :list_id  the list
SELECT a.resident_id
FROM accounts AS a
INNER JOIN payer_list_lines AS l ON a.county_code = l.county_code AND a.resident_id = l.resident_id
WHERE l.county_code = :county_code AND l.list_id = :list_id AND l.state = 'listed'
ORDER BY a.resident_id
FOR UPDATE OF a
