-- A line that a claim after this one has built upon: what it asked for was taken back, or lost interest was claimed for it.
-- :county_code, :claim_id  the claim
SELECT l.seq
FROM subsidy_claim_lines AS l
INNER JOIN subsidy_claim_lines AS n
    ON
        l.county_code = n.county_code AND l.contribution_id = n.contribution_id AND n.is_live
        AND (n.purpose = l.purpose AND n.origin = l.origin AND n.turn > l.turn OR n.origin = l.purpose AND n.purpose <> l.purpose)
WHERE l.county_code = :county_code AND l.claim_id = :claim_id
UNION ALL
SELECT l.seq
FROM subsidy_claim_lines AS l
INNER JOIN subsidy_claim_lines AS n
    ON
        l.county_code = n.county_code AND l.resident_id = n.resident_id AND l.month = n.month
        AND l.due_kind = n.due_kind AND n.is_live AND n.turn > l.turn
WHERE l.county_code = :county_code AND l.claim_id = :claim_id
LIMIT 1
