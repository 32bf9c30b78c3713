-- What was paid for months after death, over the rows whose person is known by number and name or by hand.
-- :county_code, :list_id
SELECT
    count(*) AS persons,
    coalesce(sum(paid_after_months), 0)::bigint AS months,
    coalesce(sum(paid_after_fen), 0)::bigint AS total_fen,
    coalesce(sum(paid_after_basic_fen), 0)::bigint AS basic_fen
FROM department_list_rows
WHERE
    county_code = :county_code
    AND list_id = :list_id
    AND paid_after_months > 0
    AND (outcome <> 'other_name' OR is_by_hand)
