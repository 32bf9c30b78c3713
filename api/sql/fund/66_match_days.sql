-- Contributions by bank transfer carry no reference: where a day's lines of one amount are as many as the day's
-- contributions of that amount, all of them are the same money, whichever belongs to which.
-- :county_code   county
-- :account       the account
WITH journals_open AS (
    SELECT
        j.business_date AS on_day,
        f.debit_fen - f.credit_fen AS each_fen,
        array_agg(j.id ORDER BY j.id) AS journal_ids,
        count(*) AS found
    FROM fund_lines AS f
    INNER JOIN journals AS j ON f.county_code = j.county_code AND f.journal_id = j.id
    WHERE
        f.county_code = :county_code AND f.fund_account = :account AND f.party_id = 0 AND j.kind = 'contribution'
        AND NOT EXISTS (
            SELECT 1 FROM bank_match_items AS i
            WHERE
                i.county_code = :county_code AND i.account = :account AND i.side = 'journal'
                AND i.subject_id = f.journal_id AND i.is_living
        )
    GROUP BY j.business_date, f.debit_fen - f.credit_fen
),

lines_open AS (
    SELECT
        b.booked_on AS on_day,
        b.amount_fen AS each_fen,
        array_agg(b.id ORDER BY b.id) AS line_ids,
        count(*) AS found
    FROM bank_statement_lines AS b
    WHERE
        b.county_code = :county_code AND b.account = :account
        AND NOT EXISTS (
            SELECT 1 FROM bank_match_items AS i
            WHERE
                i.county_code = :county_code AND i.account = :account AND i.side = 'line'
                AND i.subject_id = b.id AND i.is_living
        )
    GROUP BY b.booked_on, b.amount_fen
)

SELECT
    l.line_ids,
    array_fill(l.each_fen, ARRAY[l.found::int]) AS line_amounts,
    j.journal_ids,
    array_fill(l.each_fen, ARRAY[l.found::int]) AS journal_amounts,
    l.each_fen * l.found AS amount_fen
FROM lines_open AS l
INNER JOIN journals_open AS j ON l.on_day = j.on_day AND l.each_fen = j.each_fen AND l.found = j.found
ORDER BY l.on_day, l.each_fen
