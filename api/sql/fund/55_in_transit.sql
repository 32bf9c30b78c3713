-- What is sent and unanswered as of a day, by payment run.
-- :county_code   county
-- :until         last day that counts
SELECT
    coalesce(j.run_id, 0) AS run_id,
    cast(sum(f.debit_fen - f.credit_fen) AS bigint) AS amount_fen
FROM journals AS j
INNER JOIN fund_lines AS f ON j.county_code = f.county_code AND j.id = f.journal_id
WHERE j.county_code = :county_code AND j.business_date <= :until AND f.fund_account = 'in_transit'
GROUP BY coalesce(j.run_id, 0)
HAVING sum(f.debit_fen - f.credit_fen) <> 0
ORDER BY coalesce(j.run_id, 0)
