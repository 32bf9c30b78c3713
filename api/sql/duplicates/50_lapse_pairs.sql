-- Pairs within the unit that nobody has taken up and that are not alike any more.
-- :county_code  county of the pairs
-- :low, :high   the unit
UPDATE duplicate_pairs AS p
SET state = 'lapsed', version = p.version + 1, updated_at = now()
WHERE
    p.county_code = :county_code
    AND p.division_code BETWEEN :low AND :high
    AND p.state = 'proposed'
    AND NOT EXISTS (
        SELECT 1
        FROM staged_pairs AS s
        WHERE s.first_id = p.first_id AND s.second_id = p.second_id
    )
    -- While one of the two is merged into a third the question rests; an undo brings it back.
    AND NOT EXISTS (
        SELECT 1
        FROM residents AS r
        WHERE r.county_code = :county_code AND r.id IN (p.first_id, p.second_id) AND r.status = 'merged'
    )
RETURNING p.id
