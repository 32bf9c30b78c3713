-- What the bank says of an account as of a day: opening of its first statement and everything since; and the last day that
-- statements cover.
-- :county_code   county
-- :account       the account
-- :until         last day that counts
SELECT
    (
        SELECT s.opening_fen FROM bank_statements AS s
        WHERE s.county_code = :county_code AND s.account = :account
        ORDER BY s.to_on, s.id
        LIMIT 1
    ) AS opening_fen,
    (
        SELECT min(s.from_on) FROM bank_statements AS s
        WHERE s.county_code = :county_code AND s.account = :account
    ) AS covered_from,
    (
        SELECT max(s.to_on) FROM bank_statements AS s
        WHERE s.county_code = :county_code AND s.account = :account
    ) AS covered_to,
    cast((
        SELECT coalesce(sum(b.amount_fen), 0) FROM bank_statement_lines AS b
        WHERE b.county_code = :county_code AND b.account = :account AND b.booked_on <= :until
    ) AS bigint) AS moved_fen
