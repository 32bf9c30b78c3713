-- The fund owes each source its interest, and is owed the sum (policy.md §7).
-- :county_code, :journal_id, :town_code      the journal
-- :personal_fen, :collective_fen, :gov_fen   sums of the town's lines
INSERT INTO fund_lines (county_code, journal_id, fund_account, party_id, division_code, debit_fen, credit_fen)
SELECT
    :county_code,
    :journal_id,
    v.fund_account,
    0 AS party_id,
    :town_code,
    v.debit_fen,
    v.credit_fen
FROM (
    VALUES
    ('interest_receivable', CAST(:personal_fen AS bigint) + :collective_fen + :gov_fen, CAST(0 AS bigint)),
    ('liability_personal', 0, :personal_fen),
    ('liability_collective', 0, :collective_fen),
    ('liability_gov', 0, :gov_fen)
) AS v (fund_account, debit_fen, credit_fen)
WHERE v.debit_fen + v.credit_fen > 0
