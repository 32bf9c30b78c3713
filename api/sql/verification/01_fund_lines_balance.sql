-- title: 每张凭证借贷相等，且至少有两条分录
SELECT
    j.county_code,
    j.id AS journal_id,
    j.kind,
    coalesce(sum(f.debit_fen - f.credit_fen), 0) AS difference_fen,
    count(f.fund_account) AS lines
FROM journals AS j
LEFT JOIN fund_lines AS f ON j.county_code = f.county_code AND j.id = f.journal_id
GROUP BY j.county_code, j.id, j.kind
HAVING coalesce(sum(f.debit_fen - f.credit_fen), 0) <> 0 OR count(f.fund_account) < 2
