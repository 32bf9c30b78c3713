-- What the checker should look at, and who is new, gone or paid another amount than in the last run.
-- Parameters: county_code, run_id, prior_run_id (0 when there was none), month, prior_month.
WITH now AS (
    SELECT resident_id, min(division_code) AS division_code, min(bank_account_index) AS bank_account_index,
           count(*) AS line_count, sum(CAST(amount_fen AS integer)) AS amount_fen,
           coalesce(sum(CAST(amount_fen AS integer)) FILTER (WHERE month = :month AND kind = 'regular'), 0) AS regular_fen
      FROM payment_lines
     WHERE county_code = :county_code AND run_id = :run_id
     GROUP BY resident_id
),
last AS (
    SELECT resident_id, min(division_code) AS division_code, min(bank_account_index) AS bank_account_index,
           coalesce(sum(CAST(amount_fen AS integer)) FILTER (WHERE month = :prior_month AND kind = 'regular'), 0) AS regular_fen
      FROM payment_lines
     WHERE county_code = :county_code AND run_id = :prior_run_id
     GROUP BY resident_id
),
compared AS (
    SELECT coalesce(n.resident_id, l.resident_id) AS resident_id, coalesce(n.division_code, l.division_code) AS division_code,
           n.resident_id IS NULL AS is_gone, l.resident_id IS NULL AS is_new,
           n.bank_account_index IS DISTINCT FROM l.bank_account_index AS other_account,
           n.line_count, n.regular_fen AS now_fen, l.regular_fen AS last_fen
      FROM now n
      FULL JOIN last l ON l.resident_id = n.resident_id
     WHERE n.resident_id IS NULL OR l.resident_id IS NULL OR n.line_count > 1
        OR n.bank_account_index IS DISTINCT FROM l.bank_account_index OR n.regular_fen <> l.regular_fen
),
shared AS (
    SELECT bank_account_index
      FROM now
     WHERE bank_account_index IS NOT NULL
     GROUP BY bank_account_index
    HAVING count(*) > 1
)
INSERT INTO payment_exceptions (county_code, run_id, resident_id, code, division_code, withheld, detail)
SELECT :county_code, :run_id, resident_id, code, division_code, FALSE, detail
  FROM (
    SELECT resident_id, division_code, 'gone' AS code, to_char(last_fen / 100.0, 'FM999999990.00') AS detail
      FROM compared WHERE is_gone
     UNION ALL
    SELECT resident_id, division_code, 'new', to_char(now_fen / 100.0, 'FM999999990.00')
      FROM compared WHERE is_new AND :prior_run_id <> 0
     UNION ALL
    SELECT resident_id, division_code, 'amount_changed',
           to_char(last_fen / 100.0, 'FM999999990.00') || ' -> ' || to_char(now_fen / 100.0, 'FM999999990.00')
      FROM compared WHERE NOT is_new AND NOT is_gone AND now_fen <> last_fen AND now_fen > 0 AND last_fen > 0
     UNION ALL
    SELECT resident_id, division_code, 'account_changed', ''
      FROM compared WHERE NOT is_new AND NOT is_gone AND other_account
     UNION ALL
    SELECT resident_id, division_code, 'several_months', CAST(line_count AS text)
      FROM compared WHERE line_count > 1
     UNION ALL
    SELECT n.resident_id, n.division_code, 'shared_bank_account', ''
      FROM now n JOIN shared s ON s.bank_account_index = n.bank_account_index
  ) listed
