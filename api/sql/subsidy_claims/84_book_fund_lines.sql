-- What waited for its account is owed to the persons now (policy.md §7).
-- :county_code, :journal_id, :town_code  the journal
-- :amount_fen                            sum of its lines
INSERT INTO fund_lines (county_code, journal_id, fund_account, party_id, division_code, debit_fen, credit_fen)
VALUES
(:county_code, :journal_id, 'subsidy_suspense', 0, :town_code, :amount_fen, 0),
(:county_code, :journal_id, 'liability_gov', 0, :town_code, 0, :amount_fen)
