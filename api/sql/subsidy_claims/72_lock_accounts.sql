-- Locks the accounts of a town's lines in order of their keys: a reversal that goes on meanwhile ends first, and what it
-- did is seen by the statements after this one.
-- :county_code, :claim_id  the claim
-- :low, :high              the town
SELECT a.resident_id
FROM accounts AS a
WHERE
    a.county_code = :county_code
    AND a.resident_id IN (
        SELECT l.resident_id
        FROM subsidy_claim_lines AS l
        WHERE
            l.county_code = :county_code AND l.claim_id = :claim_id AND l.division_code BETWEEN :low AND :high
            AND l.waits AND l.covered_on IS NOT NULL
    )
ORDER BY a.resident_id
FOR UPDATE
