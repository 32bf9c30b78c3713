-- The totals of a run's lines. Parameters: county_code, run_id.
SELECT
    count(*) AS line_count,
    count(DISTINCT resident_id) AS heads,
    coalesce(sum(amount_fen), 0)::bigint AS total_fen,
    coalesce(sum(basic_fen), 0)::bigint AS basic_fen,
    coalesce(sum(account_fen), 0)::bigint AS account_fen,
    coalesce(sum(fund_fen), 0)::bigint AS fund_fen,
    count(*) FILTER (WHERE kind = 'back_pay' OR month <> :month) AS back_lines,
    coalesce(sum(amount_fen) FILTER (WHERE kind = 'back_pay' OR month <> :month), 0)::bigint AS back_fen
FROM payment_lines
WHERE county_code = :county_code AND run_id = :run_id
