-- The chosen rows of a kept list in the order in which people are locked, with whether the comparison still says the same.
-- A row given by hand has an outcome of its own, so only what would be done is compared. No person stands in two rows.
-- :county_code, :list_id
SELECT
    k.seq,
    k.effect,
    k.resident_id,
    k.value,
    k.happened_on,
    k.until_on,
    k.paper,
    k.fact_id,
    k.held_on,
    k.held_value,
    k.name,
    c.resident_version,
    (
        c.seq IS NOT NULL
        AND c.effect = k.effect
        AND c.fact_id IS NOT DISTINCT FROM k.fact_id
        AND c.held_value IS NOT DISTINCT FROM k.held_value
        AND c.held_on IS NOT DISTINCT FROM k.held_on
    ) AS still_so
FROM department_list_rows AS k
LEFT JOIN compared_rows AS c
    ON k.resident_id = c.resident_id AND (k.outcome = 'removed') = (c.outcome = 'removed')
WHERE k.county_code = :county_code AND k.list_id = :list_id AND k.is_chosen
ORDER BY k.resident_id, k.seq
