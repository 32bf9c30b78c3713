-- Lines of a year of some accounts, and whether their journal is covered by the proof; null where a run's journal, booked
-- under the town, is hidden from a village.
-- :county_code, :resident_ids  whose
-- :year                        value year
-- :xid_upto                    first transaction that the proof does not cover
SELECT
    l.resident_id,
    l.journal_id,
    l.value_month,
    l.personal_fen,
    l.collective_fen,
    l.gov_fen,
    l.fund_fen,
    l.contribution_year,
    j.xid < :xid_upto AS is_covered
FROM account_lines AS l
LEFT JOIN journals AS j ON l.county_code = j.county_code AND l.journal_id = j.id
WHERE
    l.county_code = :county_code
    AND l.resident_id = any(CAST(:resident_ids AS bigint[]))
    AND l.value_year = :year
ORDER BY l.resident_id, l.journal_id
