-- Count and sums of a claim by level, and how much of it waits for its money before it is posted.
-- :county_code, :claim_id  the claim
SELECT
    count(*) AS line_count,
    coalesce(sum(l.amount_fen), 0) AS amount_fen,
    coalesce(sum(l.central_fen), 0) AS central_fen,
    coalesce(sum(l.province_fen), 0) AS province_fen,
    coalesce(sum(l.city_fen), 0) AS city_fen,
    coalesce(sum(l.county_fen), 0) AS county_fen,
    coalesce(sum(l.town_fen), 0) AS town_fen,
    coalesce(sum(l.amount_fen) FILTER (WHERE l.waits), 0) AS waiting_fen
FROM subsidy_claim_lines AS l
WHERE l.county_code = :county_code AND l.claim_id = :claim_id
