-- Pairs that nobody has seen yet. One that stands where the actor cannot see it stays as it is.
-- :county_code  county of the pairs
INSERT INTO duplicate_pairs (county_code, id, division_code, first_id, second_id, score, reasons, facts)
SELECT
    :county_code,
    :county_code * 10000000000 + nextval('serials') AS id,
    s.division_code,
    s.first_id,
    s.second_id,
    s.score,
    s.reasons,
    s.facts
FROM staged_pairs AS s
WHERE
    NOT EXISTS (
        SELECT 1
        FROM duplicate_pairs AS p
        WHERE p.county_code = :county_code AND p.first_id = s.first_id AND p.second_id = s.second_id
    )
ORDER BY s.first_id, s.second_id
ON CONFLICT DO NOTHING
