-- Leaves lines unposted: their money stays where it is.
-- :county_code, :list_id     the list
-- :resident_ids, :reasons    whose lines, and why, side by side
UPDATE payer_list_lines AS l
SET
    state = 'left',
    left_reason = why.left_reason
FROM unnest(CAST(:resident_ids AS bigint[]), CAST(:reasons AS text[])) AS why (resident_id, left_reason)
WHERE
    l.county_code = :county_code AND l.list_id = :list_id AND l.state = 'listed' AND l.resident_id = why.resident_id
