-- title: 每条已并入的登记都有两人办理的合并，每次合并都有已并入的登记
SELECT
    coalesce(p.county_code, r.county_code) AS county_code,
    p.id AS pair_id,
    r.id AS resident_id
FROM (
    SELECT
        county_code,
        id,
        keep_id,
        first_id + second_id - keep_id AS lost_id
    FROM duplicate_pairs
    WHERE state = 'merged' AND decided_by_id <> proposed_by_id
) AS p
FULL JOIN (
    SELECT
        county_code,
        id,
        merged_into_id
    FROM residents
    WHERE merged_into_id IS NOT NULL
) AS r
    ON p.county_code = r.county_code AND p.lost_id = r.id AND p.keep_id = r.merged_into_id
WHERE p.id IS NULL OR r.id IS NULL
