-- What the three reports say of a month, from their own tables and not from the ledger.
-- :county_code          county
-- :month_start, :until  first and last day of the month
SELECT
    cast((
        SELECT coalesce(sum(c.amount_fen + c.subsidy_fen), 0)
        FROM contributions AS c
        INNER JOIN journals AS j ON c.county_code = j.county_code AND c.journal_id = j.id
        WHERE c.county_code = :county_code AND j.business_date BETWEEN :month_start AND :until
    ) - (
        SELECT coalesce(sum(c.amount_fen + c.subsidy_fen), 0)
        FROM contributions AS c
        INNER JOIN journals AS j ON c.county_code = j.county_code AND c.reversal_journal_id = j.id
        WHERE c.county_code = :county_code AND j.business_date BETWEEN :month_start AND :until
    ) AS bigint) AS contributions_fen,
    cast((
        SELECT coalesce(sum(r.paid_fen), 0)
        FROM bank_returns AS r
        WHERE r.county_code = :county_code AND r.posted_on BETWEEN :month_start AND :until
    ) AS bigint) AS benefits_fen,
    cast((
        SELECT coalesce(sum(t.total_fen), 0)
        FROM run_towns AS t
        INNER JOIN runs AS r ON t.county_code = r.county_code AND t.run_id = r.id
        INNER JOIN journals AS j ON t.county_code = j.county_code AND t.journal_id = j.id
        WHERE
            t.county_code = :county_code AND r.kind = 'annual_interest'
            AND j.business_date BETWEEN :month_start AND :until
    ) AS bigint) AS interest_fen
