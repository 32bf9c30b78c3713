"""A violation of each check of `nongbao verify`, as only somebody with the keys of the database could commit it."""

from __future__ import annotations


def drop(table, *names):
    return [f"ALTER TABLE {table} DROP CONSTRAINT {name}" for name in names]


A_PAID_DUE = "(SELECT resident_id FROM payment_dues WHERE paid_on IS NOT NULL AND account_fen > 0 LIMIT 1)"
SEEDS = {
    "fund_lines_balance": ["UPDATE fund_lines SET debit_fen = debit_fen + 1 WHERE ctid = (SELECT ctid FROM fund_lines WHERE debit_fen > 0 LIMIT 1)"],
    "lines_have_journals": ["UPDATE fund_lines SET journal_id = 1 WHERE ctid = (SELECT ctid FROM fund_lines LIMIT 1)"],
    "account_lines_equal_control": ["UPDATE account_lines SET gov_fen = gov_fen + 1 WHERE (resident_id, journal_id) = (SELECT resident_id, journal_id FROM account_lines LIMIT 1)"],
    "balances_equal_lines": ["UPDATE accounts SET personal_fen = personal_fen + 1 WHERE resident_id = (SELECT min(resident_id) FROM accounts)"],
    "never_below_zero": ["UPDATE account_lines SET personal_fen = -personal_fen WHERE (resident_id, journal_id) = (SELECT resident_id, min(journal_id) FROM account_lines WHERE personal_fen > 0 GROUP BY 1 LIMIT 1)"],
    "reversals_mirror": ["UPDATE account_lines SET gov_fen = gov_fen + 1 WHERE journal_id = (SELECT id FROM journals WHERE reverses_id IS NOT NULL LIMIT 1)"],
    "two_persons_move_money": ["UPDATE journals SET checker_id = 1 WHERE id = (SELECT id FROM journals WHERE kind = 'payment_settled' LIMIT 1)"],
    "two_persons_decide": [*drop("awards", "ck_awards_two_persons"), "UPDATE awards SET decided_by_id = proposed_by_id"],
    "enrolment_three_persons": [*drop("enrolment_decisions", "uq_enrolment_decisions_person"), "UPDATE enrolment_decisions SET decided_by_id = 5 WHERE enrolment_id = (SELECT min(enrolment_id) FROM enrolment_decisions)"],
    "accounts_stand_for_enrolments": ["UPDATE enrolments SET state = 'draft' WHERE id = (SELECT min(id) FROM enrolments)"],
    "households_exist": ["UPDATE residents SET household_id = 5 WHERE id = (SELECT min(id) FROM residents WHERE household_id IS NOT NULL)"],
    "imports_add_up": [
        "INSERT INTO imports (county_code, id, division_code, kind, state, sha256, row_count, accepted_count, unchanged_count, refused_count, refused, imported_by_id, job_id) VALUES (440783, 4407830000000007, 440783001000, 'residents', 'applied', 'x', 3, 1, 1, 1, '[]', 1, 1)"
    ],
    "receipts_unbroken": ["UPDATE receipts SET number = 9 WHERE number = 2"],
    "receipts_equal_contributions": ["UPDATE receipts SET amount_fen = amount_fen + 1 WHERE number = 1"],
    "blocks_counted": ["UPDATE receipt_blocks SET used_count = used_count + 1"],
    "voids_burnt": ["UPDATE receipt_voids SET number = 1"],
    "remittances_equal_receipts": ["UPDATE cash_movements SET amount_fen = amount_fen - 1 WHERE remittance_id IS NOT NULL"],
    "receipts_cash_whole": ["UPDATE cash_movements SET amount_fen = amount_fen - 1 WHERE remittance_id IS NULL"],
    "cash_of_collectors": ["UPDATE users SET cash_held_fen = 1, cash_oldest_on = '2010-11-03' WHERE receipt_count > 0"],
    "contributions_in_ledger": ["UPDATE contributions SET amount_fen = amount_fen + 1 WHERE id = (SELECT min(id) FROM contributions)"],
    "cash_in_hand_not_negative": ["UPDATE fund_lines SET credit_fen = credit_fen + 50000 WHERE fund_account = 'cash_in_hand' AND credit_fen > 0"],
    "remittances_booked": ["UPDATE remittances SET amount_fen = amount_fen - 1"],
    "dues_settled_once": [
        "INSERT INTO payment_lines SELECT county_code, run_id, seq + 1000, resident_id, division_code, month, kind, amount_fen, basic_fen, account_fen, personal_fen, collective_fen, gov_fen, fund_fen, name, id_token, bank_account_sealed, bank_account_index FROM payment_lines ORDER BY run_id DESC, seq LIMIT 1"
    ],
    "lines_equal_dues": ["UPDATE payment_dues SET basic_fen = basic_fen + 1, amount_fen = amount_fen + 1 WHERE line_run_id IS NOT NULL"],
    "paid_dues_have_lines": [f"UPDATE payment_dues SET line_run_id = 7 WHERE resident_id = {A_PAID_DUE}"],
    "runs_equal_lines": ["UPDATE payment_runs SET total_fen = total_fen + 1"],
    "files_equal_run_equal_ledger": ["UPDATE bank_files SET total_fen = total_fen - 1"],
    "in_transit_is_unanswered": ["UPDATE payment_dues SET paid_on = '2015-09-20' WHERE month = '2015-09-01'"],
    "returns_counted": ["UPDATE bank_returns SET paid_count = paid_count - 1 WHERE paid_count > 0"],
    "payments_in_accounts": ["UPDATE account_lines SET fund_fen = fund_fen - 1 WHERE fund_fen > 0"],
    "pool_pays_what_accounts_say": ["UPDATE account_lines SET fund_fen = fund_fen - 1 WHERE fund_fen > 0"],
    "paid_counts": ["UPDATE accounts SET paid_count = paid_count + 1 WHERE paid_count > 0"],
    "nothing_after_death": [f"UPDATE residents SET status = 'dead', status_on = '2015-06-30' WHERE id = {A_PAID_DUE}"],
    "nothing_before_entitlement": [f"UPDATE residents SET birth_date = '1955-07-01' WHERE id = {A_PAID_DUE}"],
    "benefits_equal_awards": ["UPDATE benefits SET award_gov_fen = award_gov_fen + 1"],
    "awards_add_up": ["UPDATE awards SET account_pension_fen = account_pension_fen + 1"],
    "lists_decided_by_two": [*drop("department_lists", "ck_department_lists_two_persons"), "UPDATE department_lists SET checker_id = maker_id"],
    "lists_have_effect": ["UPDATE resident_facts SET source_kind = 'user' WHERE source_kind = 'department_list'"],
    "list_counts": ["UPDATE department_lists SET applied_count = applied_count + 1"],
    "contribution_years_once": [
        "DROP INDEX uq_contributions_year",
        "UPDATE contributions SET contribution_year = 2015 WHERE kind = 'make_up'",
    ],
    "open_cases_have_due_days": ["UPDATE enrolments SET state = 'draft' WHERE id = (SELECT min(id) FROM enrolments)"],
    "cancellations_three_persons": [
        *drop("cancellation_decisions", "uq_cancellation_decisions_person"),
        "UPDATE cancellation_decisions SET decided_by_id = 5 WHERE step <> 'village_check'",
    ],
    "settlements_in_ledger": ["UPDATE fund_lines SET credit_fen = credit_fen - 1 WHERE fund_account = 'pool' AND journal_id IN (SELECT journal_id FROM settlements WHERE state = 'paid')"],
    "ended_after_payment": ["UPDATE enrolments SET state = 'terminated' WHERE id = (SELECT min(id) FROM enrolments WHERE state = 'county_approved')"],
    "recoveries_equal_lines": ["UPDATE payment_dues SET settlement_id = 5 WHERE line_run_id IS NOT NULL"],
    "payable_and_receivable": ["UPDATE fund_lines SET credit_fen = credit_fen + 1 WHERE fund_account = 'settlement_payable' AND credit_fen > 0"],
    "delegated_steps_have_third_persons": ["UPDATE enrolment_decisions SET on_behalf_of_id = decided_by_id WHERE step = 'township_review'"],
    "land_lists_frozen": ["UPDATE land_persons SET sum_fen = sum_fen + 1"],
    "land_totals_add_up": ["UPDATE land_projects SET person_count = person_count + 1"],
    "land_three_persons": ["UPDATE land_project_steps SET decided_by_id = 5"],
    "attachments_whole": ["UPDATE attachment_contents SET division_code = division_code + 1"],
    "merged_hold_nothing": ["UPDATE residents SET status = 'merged', merged_into_id = (SELECT max(id) FROM residents) WHERE id = (SELECT min(resident_id) FROM accounts WHERE personal_fen > 0)"],
    "merged_into_living_rows": ["UPDATE residents SET status = 'merged', merged_into_id = 5 WHERE id = (SELECT min(id) FROM residents)"],
    "merges_have_pairs": ["UPDATE residents SET status = 'merged', merged_into_id = (SELECT max(id) FROM residents) WHERE id = (SELECT min(id) FROM residents)"],
    "former_numbers_are_retired": ["INSERT INTO retired_numbers (county_code, id_token, division_code) SELECT county_code, id_token, county_code * 1000000::bigint FROM residents ORDER BY id LIMIT 1"],
    "flags_equal_open_facts": ["UPDATE residents SET dibao = NOT dibao WHERE id = (SELECT min(id) FROM residents)"],
    "facts_do_not_overlap": [
        f"INSERT INTO resident_facts (county_code, id, resident_id, division_code, kind, begins_on, ended_on, source_kind, source_id, recorded_by_id, end_recorded_at) SELECT county_code, {number}, id, division_code, 'student', '{begins_on}', '{ended_on}', 'user', 1, 1, now() FROM residents WHERE id = (SELECT min(id) FROM residents)"
        for number, begins_on, ended_on in ((1, "2010-09-01", "2011-07-01"), (2, "2011-06-30", "2012-07-01"))
    ],
    "stays_follow_each_other": [
        "INSERT INTO resident_spells (county_code, id, resident_id, division_code, hukou_kind, name, sex, birth_date, document_kind, id_token, ended_on, reason, recorded_by_id) SELECT county_code, 1, id, division_code, hukou_kind, name, sex, birth_date, document_kind, id_token, '2011-01-01', 'hukou_changed', 1 FROM residents WHERE id = (SELECT min(id) FROM residents)"
    ],
    "change_requests_persons": [*drop("change_request_decisions", "uq_change_request_decisions_person"), "UPDATE change_request_decisions SET decided_by_id = 5 WHERE step <> 'village_check'"],
    "applied_requests_in_register": ["UPDATE residents SET address = '别处' WHERE id = (SELECT min(resident_id) FROM change_requests)"],
    "closed_months_take_nothing": ["UPDATE journals SET business_date = '2010-11-29', created_at = now() + interval '1 hour' WHERE id = (SELECT max(id) FROM journals WHERE county_code = 440783)", "UPDATE fund_periods SET county_code = 440783"],
    "packs_equal_the_books": ["UPDATE fund_packs SET content = content || ' '"],
    "transfers_booked": ["UPDATE fund_transfers SET amount_fen = amount_fen + 1"],
    "statements_follow_each_other": ["UPDATE bank_statement_lines SET amount_fen = amount_fen + 1 WHERE amount_fen > 0"],
    "matches_are_even": ["UPDATE bank_match_items SET amount_fen = amount_fen + 1 WHERE side = 'line'"],
    "collection_lines_once": ["UPDATE collection_outcomes SET batch_id = 5 WHERE seq = 1"],
    "collection_batches_equal_lines": ["UPDATE collection_lines SET amount_fen = amount_fen + 1 WHERE seq = 1"],
    "collection_returns_add_up": ["DELETE FROM collection_outcomes WHERE return_id IS NOT NULL AND result = 'failed'"],
    "collection_in_ledger": ["UPDATE contributions SET instalment = 3 WHERE channel = 'bank_deduction'"],
    "collection_persons": [
        *drop("collection_findings", "ck_collection_findings_two_persons"),
        "UPDATE collection_findings SET checker_id = maker_id",
    ],
    "payer_lists_three_persons": [*drop("payer_lists", "ck_payer_lists_three_persons"), "UPDATE payer_lists SET checker_id = confirmed_by_id"],
    "payer_suspense_is_told": ["UPDATE fund_lines SET credit_fen = credit_fen + 1 WHERE fund_account = 'suspense' AND credit_fen > 0"],
    "payer_lines_are_contributions": ["UPDATE payer_list_lines SET amount_fen = amount_fen + 1 WHERE contribution_id IS NOT NULL"],
    "reversed_contributions_undone": ["UPDATE account_lines SET personal_fen = personal_fen + 1 WHERE journal_id = (SELECT reversal_journal_id FROM contributions WHERE state = 'reversed' LIMIT 1)"],
    "government_paid_as_approved": ["UPDATE government_paid_lines SET tier_fen = tier_fen + 1 WHERE contribution_id IS NOT NULL"],
    "versions_unbroken": ["UPDATE residents SET version = version + 1 WHERE id = (SELECT min(id) FROM residents)"],
    "parameter_changes_two_persons": [
        *drop("policy_parameter_changes", "ck_policy_parameter_changes_two_persons"),
        "INSERT INTO policy_parameter_changes (county_code, id, division_code, code, value, valid_from, document, article, reason, content_hash, state, serial, maker_id, checker_id, decided_at) VALUES (440783, 4407830000000007, 440783000000, 'pay_day', '12', '2012-01-01', '某文', '一', '试', 'x', 'approved', 1, 5, 5, now())",
    ],
    "laws_of_contributions_exist": ["UPDATE contributions SET law_serial = 7"],
    "seals_follow_each_other": ["UPDATE ledger_seals SET previous_hash = repeat('a', 64)"],
    "seals_equal_ledger": ["UPDATE fund_lines SET party_id = 9 WHERE journal_id = (SELECT min(id) FROM journals)"],
    "year_proofs_are_sealed": ["UPDATE year_proofs SET seal_hash = repeat('a', 64)"],
    "year_proofs_equal_ledger": ["UPDATE year_proof_leaves SET gov_fen = gov_fen + 1"],
    "backdated_by_two_persons": ["UPDATE backdated_contributions SET decided_by_id = 5"],
    "subsidy_receivables": ["UPDATE subsidy_receipts SET amount_fen = amount_fen + 1"],
    "subsidy_claims_add_up": ["UPDATE subsidy_claim_lines SET is_live = false", "UPDATE subsidy_claims SET city_fen = city_fen - 1, county_fen = county_fen + 1"],
    "subsidies_in_accounts": ["UPDATE subsidy_postings SET amount_fen = amount_fen - 1"],
    "same_name_same_spelling": ["UPDATE residents SET pinyin = 'x' WHERE id = (SELECT min(id) FROM residents)"],
}  # fmt: skip
