-- Movements of a unit's books by kind of event, account, party and town, in three spans: before the year, of the year
-- before the month, of the month. A reversal counts to the kind of what it reverses.
-- :county_code           county
-- :low, :high            the unit's division codes
-- :year_start            1 January
-- :month_start           first day of the month
-- :until                 last day that counts
SELECT
    coalesce(o.kind, j.kind) AS kind,
    f.fund_account,
    f.party_id,
    f.division_code / 1000 * 1000 AS town_code,
    CASE WHEN j.business_date < :year_start THEN 0 WHEN j.business_date < :month_start THEN 1 ELSE 2 END AS span,
    cast(sum(f.debit_fen) AS bigint) AS debit_fen,
    cast(sum(f.credit_fen) AS bigint) AS credit_fen
FROM journals AS j
INNER JOIN fund_lines AS f ON j.county_code = f.county_code AND j.id = f.journal_id
LEFT JOIN journals AS o ON j.county_code = o.county_code AND j.reverses_id = o.id
WHERE
    j.county_code = :county_code
    AND j.business_date <= :until
    AND f.division_code BETWEEN :low AND :high
GROUP BY 1, 2, 3, 4, 5
ORDER BY 1, 2, 3, 4, 5
