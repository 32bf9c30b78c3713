-- Balances of a unit's books as of a day, by account and party.
-- :county_code   county
-- :low, :high    the unit's division codes
-- :until         last day that counts
SELECT
    f.fund_account,
    f.party_id,
    cast(sum(f.debit_fen) AS bigint) AS debit_fen,
    cast(sum(f.credit_fen) AS bigint) AS credit_fen
FROM journals AS j
INNER JOIN fund_lines AS f ON j.county_code = f.county_code AND j.id = f.journal_id
WHERE
    j.county_code = :county_code
    AND j.business_date <= :until
    AND f.division_code BETWEEN :low AND :high
GROUP BY f.fund_account, f.party_id
ORDER BY f.fund_account, f.party_id
