-- Interest receivable against the liabilities to personal accounts; the other way round where interest goes back.
-- :county_code, :journal_id, :division_code  the journal
-- :personal_fen, :collective_fen, :gov_fen   sums of its lines
INSERT INTO fund_lines (county_code, journal_id, fund_account, party_id, division_code, debit_fen, credit_fen)
SELECT
    :county_code,
    :journal_id,
    v.fund_account,
    0 AS party_id,
    :division_code,
    greatest(v.amount_fen, 0) AS debit_fen,
    greatest(-v.amount_fen, 0) AS credit_fen
FROM (
    VALUES
    ('interest_receivable', CAST(:personal_fen AS bigint) + :collective_fen + :gov_fen),
    ('liability_personal', -CAST(:personal_fen AS bigint)),
    ('liability_collective', -CAST(:collective_fen AS bigint)),
    ('liability_gov', -CAST(:gov_fen AS bigint))
) AS v (fund_account, amount_fen)
WHERE v.amount_fen <> 0
