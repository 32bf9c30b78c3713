-- Lines of a claim whose contribution or month is worth nothing any more; nobody approves these.
-- :county_code, :claim_id  the claim
SELECT l.seq
FROM subsidy_claim_lines AS l
LEFT JOIN contributions AS c ON l.county_code = c.county_code AND l.contribution_id = c.id
LEFT JOIN payment_dues AS d
    ON
        l.county_code = d.county_code AND l.resident_id = d.resident_id AND l.month = d.month
        AND l.due_kind = d.kind
WHERE
    l.county_code = :county_code AND l.claim_id = :claim_id AND l.amount_fen > 0
    AND (c.state = 'reversed' OR d.recovery_id IS NOT NULL)
LIMIT 1
