-- title: 收费人手存现金不为负，缴存不超过所收
SELECT
    county_code,
    party_id AS collector_id,
    sum(debit_fen - credit_fen) AS cash_fen
FROM fund_lines
WHERE fund_account = 'cash_in_hand'
GROUP BY county_code, party_id
HAVING sum(debit_fen - credit_fen) < 0
