-- Known pairs as they are now. What was found not to be one person, or was not alike any more, is asked again once one
-- of the two identities has changed; a merge that waits for its reviewer, and one that is done, stay as they are.
-- :county_code  county of the pairs
UPDATE duplicate_pairs AS p
SET
    division_code = s.division_code,
    score = s.score,
    reasons = s.reasons,
    facts = s.facts,
    state = 'proposed',
    decided_by_id = NULL,
    version = p.version + 1,
    updated_at = now()
FROM staged_pairs AS s
WHERE
    p.county_code = :county_code
    AND p.first_id = s.first_id
    AND p.second_id = s.second_id
    AND (
        (p.state = 'not_duplicate' AND p.facts <> s.facts)
        OR p.state = 'lapsed'
        OR (
            p.state = 'proposed'
            AND (p.division_code, p.score, p.reasons, p.facts) <> (s.division_code, s.score, s.reasons, s.facts)
        )
    )
RETURNING p.id
