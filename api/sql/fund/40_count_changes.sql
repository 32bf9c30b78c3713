-- What a month did to persons' accounts, by kind of event: how many persons, and how much.
-- :county_code          county
-- :month_start, :until  first and last day of the month
SELECT
    j.kind,
    count(*) AS line_count,
    count(DISTINCT l.resident_id) AS person_count,
    cast(sum(l.personal_fen) AS bigint) AS personal_fen,
    cast(sum(l.collective_fen) AS bigint) AS collective_fen,
    cast(sum(l.gov_fen) AS bigint) AS gov_fen,
    cast(sum(l.fund_fen) AS bigint) AS fund_fen
FROM journals AS j
INNER JOIN account_lines AS l ON j.county_code = l.county_code AND j.id = l.journal_id
WHERE j.county_code = :county_code AND j.business_date BETWEEN :month_start AND :until
GROUP BY j.kind
ORDER BY j.kind
