-- What the ledger says of the same three: lines of contributions that stand in the table of contributions, pensions that
-- left 在途资金, interest of the annual runs.
-- :county_code          county
-- :month_start, :until  first and last day of the month
SELECT
    cast((
        SELECT coalesce(sum(f.credit_fen - f.debit_fen), 0)
        FROM journals AS j
        INNER JOIN fund_lines AS f ON j.county_code = f.county_code AND j.id = f.journal_id
        WHERE
            j.county_code = :county_code AND j.business_date BETWEEN :month_start AND :until
            AND (
                j.kind IN ('contribution', 'collection', 'payer_list', 'government_paid')
                -- Of a journal of many people one person's part is taken back, which names no journal.
                OR (
                    j.kind = 'reversal'
                    AND j.id IN (
                        SELECT c.reversal_journal_id FROM contributions AS c
                        WHERE c.county_code = :county_code AND c.reversal_journal_id IS NOT NULL
                    )
                )
            )
            AND f.fund_account IN ('liability_personal', 'liability_collective', 'liability_gov')
    ) AS bigint) AS contributions_fen,
    cast((
        SELECT coalesce(sum(f.credit_fen - f.debit_fen), 0)
        FROM journals AS j
        INNER JOIN fund_lines AS f ON j.county_code = f.county_code AND j.id = f.journal_id
        WHERE
            j.county_code = :county_code AND j.business_date BETWEEN :month_start AND :until
            AND j.kind = 'payment_settled' AND f.fund_account = 'in_transit'
    ) AS bigint) AS benefits_fen,
    cast((
        SELECT coalesce(sum(f.credit_fen - f.debit_fen), 0)
        FROM journals AS j
        INNER JOIN fund_lines AS f ON j.county_code = f.county_code AND j.id = f.journal_id
        WHERE
            j.county_code = :county_code AND j.business_date BETWEEN :month_start AND :until
            AND j.kind = 'interest'
            AND f.fund_account IN ('liability_personal', 'liability_collective', 'liability_gov')
    ) AS bigint) AS interest_fen
