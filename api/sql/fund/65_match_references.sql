-- Lines of the bank and journals of the books that carry the same reference and come to the same amount, and are in no
-- living match. Whatever keeps a bank reference beside its journal has an arm here.
-- :county_code   county
-- :account       the account
WITH keys AS (
    SELECT
        journal_id,
        bank_reference AS reference
    FROM remittances
    WHERE county_code = :county_code AND journal_id IS NOT NULL
    UNION ALL
    SELECT
        journal_id,
        bank_reference
    FROM fund_transfers
    WHERE county_code = :county_code AND state = 'booked'
    UNION ALL
    SELECT
        payment_journal_id,
        bank_reference
    FROM settlements
    WHERE county_code = :county_code AND payment_journal_id IS NOT NULL
    UNION ALL
    SELECT
        journal_id,
        bank_reference
    FROM recoveries
    WHERE county_code = :county_code AND journal_id IS NOT NULL
    UNION ALL
    SELECT
        arrival_journal_id,
        bank_reference
    FROM payer_lists
    WHERE county_code = :county_code AND arrival_journal_id IS NOT NULL
    UNION ALL
    SELECT
        journal_id,
        bank_reference
    FROM subsidy_receipts
    WHERE county_code = :county_code AND journal_id IS NOT NULL
    UNION ALL
    -- A deduction that the bank advises by one sum: all its journals, and what of the sum waits in suspense.
    SELECT
        j.id,
        p.bank_reference
    FROM (
        SELECT
            batch_id,
            min(bank_reference) AS bank_reference
        FROM collection_money_proofs
        WHERE county_code = :county_code
        GROUP BY batch_id
        HAVING count(*) = 1
    ) AS p
    INNER JOIN journals AS j ON j.county_code = :county_code AND p.batch_id = j.run_id AND j.kind IN ('collection', 'suspense')
    UNION ALL
    -- A payment file's batch: county and month, whatever number of towns it is booked for.
    SELECT
        j.id,
        r.county_code || to_char(r.month, 'YYYYMM')
    FROM payment_runs AS r
    INNER JOIN journals AS j ON r.county_code = j.county_code AND r.id = j.run_id AND j.kind = 'payment_sent'
    WHERE r.county_code = :county_code
),

journals_open AS (
    SELECT
        k.reference,
        array_agg(f.journal_id ORDER BY f.journal_id) AS journal_ids,
        array_agg(f.debit_fen - f.credit_fen ORDER BY f.journal_id) AS journal_amounts,
        sum(f.debit_fen - f.credit_fen) AS amount_fen
    FROM keys AS k
    INNER JOIN fund_lines AS f
        ON k.journal_id = f.journal_id AND f.county_code = :county_code AND f.fund_account = :account AND f.party_id = 0
    WHERE
        NOT EXISTS (
            SELECT 1 FROM bank_match_items AS i
            WHERE
                i.county_code = :county_code AND i.account = :account AND i.side = 'journal'
                AND i.subject_id = f.journal_id AND i.is_living
        )
    GROUP BY k.reference
),

lines_open AS (
    SELECT
        b.reference,
        array_agg(b.id ORDER BY b.id) AS line_ids,
        array_agg(b.amount_fen ORDER BY b.id) AS line_amounts,
        sum(b.amount_fen) AS amount_fen
    FROM bank_statement_lines AS b
    WHERE
        b.county_code = :county_code AND b.account = :account
        AND NOT EXISTS (
            SELECT 1 FROM bank_match_items AS i
            WHERE
                i.county_code = :county_code AND i.account = :account AND i.side = 'line'
                AND i.subject_id = b.id AND i.is_living
        )
    GROUP BY b.reference
)

SELECT
    l.reference,
    l.line_ids,
    l.line_amounts,
    j.journal_ids,
    j.journal_amounts,
    cast(l.amount_fen AS bigint) AS amount_fen
FROM lines_open AS l
INNER JOIN journals_open AS j ON l.reference = j.reference AND l.amount_fen = j.amount_fen
WHERE l.amount_fen <> 0
ORDER BY l.reference
