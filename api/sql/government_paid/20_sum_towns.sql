-- Figures of a run by town.
-- :county_code, :run_id  the run
SELECT
    l.division_code / 1000 * 1000 AS town_code,
    count(*) AS named_count,
    count(*) FILTER (WHERE l.outcome = 'pay') AS row_count,
    coalesce(sum(l.tier_fen), 0) AS paid_fen,
    coalesce(sum(l.subsidy_fen), 0) AS subsidy_fen,
    coalesce(sum(l.waiting_subsidy_fen), 0) AS waiting_subsidy_fen
FROM government_paid_lines AS l
WHERE l.county_code = :county_code AND l.run_id = :run_id
GROUP BY l.division_code / 1000
ORDER BY l.division_code / 1000
