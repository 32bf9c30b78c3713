-- Leaves of a proof in the order of the tree.
-- :county_code, :year, :version  the proof
-- :low, :high                    units: a village, or the county
SELECT
    f.division_code,
    f.resident_id,
    f.personal_fen,
    f.collective_fen,
    f.gov_fen,
    f.lines_hash
FROM year_proof_leaves AS f
WHERE
    f.county_code = :county_code
    AND f.year = :year
    AND f.version = :version
    AND f.division_code BETWEEN :low AND :high
ORDER BY f.division_code, f.resident_id
