-- Lines, money and first and last number of every town of a run; numbers follow the towns.
-- Parameters: county_code, run_id.
SELECT
    division_code / 1000 * 1000 AS town,
    count(*) AS line_count,
    sum(amount_fen)::bigint AS total_fen,
    min(seq) AS first_seq,
    max(seq) AS last_seq
FROM payment_lines
WHERE county_code = :county_code AND run_id = :run_id
GROUP BY division_code / 1000 * 1000
ORDER BY town
