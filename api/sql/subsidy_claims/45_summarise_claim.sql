-- A claim by town and tier (P7: "sums paid persons by tier"), or by village for a drill-down.
-- :county_code, :claim_id  the claim
-- :step                    1000 for towns, 1 for villages
-- :low, :high              divisions in question
SELECT
    l.division_code / :step * :step AS division_code,
    l.tier_fen,
    count(DISTINCT l.resident_id) AS heads,
    count(*) AS line_count,
    sum(l.amount_fen) AS amount_fen,
    sum(l.central_fen) AS central_fen,
    sum(l.province_fen) AS province_fen,
    sum(l.city_fen) AS city_fen,
    sum(l.county_fen) AS county_fen,
    sum(l.town_fen) AS town_fen,
    coalesce(sum(l.amount_fen) FILTER (WHERE l.covered_on IS NOT NULL), 0) AS covered_fen
FROM subsidy_claim_lines AS l
WHERE l.county_code = :county_code AND l.claim_id = :claim_id AND l.division_code BETWEEN :low AND :high
GROUP BY l.division_code / :step * :step, l.tier_fen
ORDER BY l.division_code / :step * :step, l.tier_fen
