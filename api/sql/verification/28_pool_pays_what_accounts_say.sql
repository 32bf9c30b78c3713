-- title: 统筹基金支出等于明细中由基金支付的部分
SELECT coalesce(a.county_code, f.county_code) AS county_code, coalesce(a.journal_id, f.journal_id) AS journal_id,
       coalesce(a.fund_fen, 0) AS lines_fen, coalesce(f.pool_fen, 0) AS pool_fen
  FROM (SELECT county_code, journal_id, sum(fund_fen) AS fund_fen FROM account_lines GROUP BY county_code, journal_id) a
  FULL JOIN (
    SELECT county_code, journal_id, sum(debit_fen - credit_fen) AS pool_fen
      FROM fund_lines
     WHERE fund_account = 'pool'
     GROUP BY county_code, journal_id
  ) f ON f.county_code = a.county_code AND f.journal_id = a.journal_id
 WHERE coalesce(a.fund_fen, 0) <> coalesce(f.pool_fen, 0)
