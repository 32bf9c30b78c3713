-- A page of one account's lines, newest booking first.
-- :county_code, :resident_id  whose account
-- :before                     journal below which the page starts
-- :maximum                    lines at most
SELECT
    l.journal_id,
    j.kind,
    j.business_date,
    l.value_year,
    l.value_month,
    l.contribution_year,
    l.personal_fen,
    l.collective_fen,
    l.gov_fen,
    l.fund_fen
FROM account_lines AS l
LEFT JOIN journals AS j ON l.county_code = j.county_code AND l.journal_id = j.id
WHERE l.county_code = :county_code AND l.resident_id = :resident_id AND l.journal_id < :before
ORDER BY l.journal_id DESC, l.value_year DESC
LIMIT :maximum
