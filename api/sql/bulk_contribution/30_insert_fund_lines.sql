-- The fund's side of each journal; accounts that a contribution does not touch get no line.
-- :county_code  county of the list
-- :maker_id     the collector who holds the cash
INSERT INTO fund_lines (county_code, journal_id, fund_account, party_id, division_code, debit_fen, credit_fen)
SELECT
    :county_code,
    j.journal_id,
    side.fund_account,
    side.party_id,
    j.division_code,
    side.debit_fen,
    side.credit_fen
FROM judged_contributions AS j
CROSS JOIN
    LATERAL (
        VALUES
        ('cash_in_hand', cast(:maker_id AS bigint), CASE WHEN j.channel = 'cash' THEN j.personal_fen ELSE 0 END, 0),
        ('income_account', 0, CASE WHEN j.channel <> 'cash' THEN j.personal_fen ELSE 0 END, 0),
        ('subsidy_receivable', 0, j.gov_fen, 0),
        ('liability_personal', 0, 0, j.personal_fen),
        ('liability_gov', 0, 0, j.gov_fen)
    ) AS side (fund_account, party_id, debit_fen, credit_fen)
WHERE side.debit_fen + side.credit_fen > 0
ORDER BY j.journal_id, side.fund_account
