-- Puts one journal's lines into their accounts: balances, account lines and the mark that they are posted, in one
-- statement, so that none can exist without the others. Returns how many and how much.
-- :county_code, :claim_id, :journal_id  the claim and the journal
-- :value_on, :place                     which of the staged lines
WITH ready AS MATERIALIZED (
    SELECT * FROM ready_lines AS r
    WHERE r.value_on = :value_on AND r.place = :place
),

changed AS (
    UPDATE accounts AS a
    SET gov_fen = a.gov_fen + r.amount_fen
    FROM ready AS r
    WHERE a.county_code = :county_code AND a.resident_id = r.resident_id
    RETURNING a.resident_id
),

written AS (
    INSERT INTO account_lines (
        county_code, resident_id, journal_id, value_year, value_month, division_code, gov_fen, contribution_year
    )
    SELECT
        :county_code,
        r.resident_id,
        :journal_id,
        extract(YEAR FROM r.value_on),
        extract(MONTH FROM r.value_on),
        r.division_code,
        r.amount_fen,
        r.contribution_year
    FROM ready AS r
    INNER JOIN changed AS c ON r.resident_id = c.resident_id
    RETURNING resident_id, gov_fen
),

marked AS (
    INSERT INTO subsidy_postings (
        county_code, claim_id, seq, is_return, division_code, resident_id, contribution_id, contribution_year, purpose,
        amount_fen, value_on, journal_id
    )
    SELECT
        :county_code,
        :claim_id,
        r.seq,
        FALSE,
        r.division_code,
        r.resident_id,
        r.contribution_id,
        r.contribution_year,
        r.purpose,
        r.amount_fen,
        r.value_on,
        :journal_id
    FROM ready AS r
    INNER JOIN written AS w ON r.resident_id = w.resident_id
    RETURNING amount_fen
)

SELECT
    count(*) AS line_count,
    coalesce(sum(m.amount_fen), 0) AS amount_fen
FROM marked AS m
