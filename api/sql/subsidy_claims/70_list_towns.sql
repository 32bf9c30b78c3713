-- Towns of a claim with lines whose money is there and that are not in their accounts yet.
-- :county_code, :claim_id  the claim
SELECT
    l.division_code / 1000 * 1000 AS town_code,
    count(*) AS line_count,
    sum(l.amount_fen) AS amount_fen
FROM subsidy_claim_lines AS l
LEFT JOIN subsidy_postings AS p
    ON l.county_code = p.county_code AND l.claim_id = p.claim_id AND l.seq = p.seq AND NOT p.is_return
WHERE
    l.county_code = :county_code AND l.claim_id = :claim_id AND l.waits AND l.is_live AND l.amount_fen > 0
    AND l.covered_on IS NOT NULL AND p.seq IS NULL
GROUP BY l.division_code / 1000 * 1000
ORDER BY l.division_code / 1000 * 1000
