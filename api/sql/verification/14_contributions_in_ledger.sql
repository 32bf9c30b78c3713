-- title: 每笔缴费与个人账户明细相同
SELECT
    c.county_code,
    c.id AS contribution_id,
    c.amount_fen + c.subsidy_fen AS contribution_fen,
    l.personal_fen + l.collective_fen + l.gov_fen AS ledger_fen
FROM contributions AS c
LEFT JOIN (
    SELECT
        county_code,
        journal_id,
        resident_id,
        sum(personal_fen) AS personal_fen,
        sum(collective_fen) AS collective_fen,
        sum(gov_fen) AS gov_fen
    FROM account_lines
    GROUP BY county_code, journal_id, resident_id
) AS l ON c.county_code = l.county_code AND c.journal_id = l.journal_id AND c.resident_id = l.resident_id
WHERE
    l.journal_id IS NULL OR c.amount_fen + c.subsidy_fen <> l.personal_fen + l.collective_fen + l.gov_fen
    OR (c.state = 'reversed') <> (c.reversal_journal_id IS NOT NULL)
