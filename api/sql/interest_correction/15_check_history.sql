-- Persons whose visible lines do not explain their balance: some are hidden, so their interest cannot be recomputed.
-- :county_code, :resident_ids  whose accounts
SELECT count(*)
FROM accounts AS a
CROSS JOIN
    LATERAL (
        SELECT
            coalesce(sum(l.personal_fen), 0) AS personal_fen,
            coalesce(sum(l.collective_fen), 0) AS collective_fen,
            coalesce(sum(l.gov_fen), 0) AS gov_fen
        FROM account_lines AS l
        WHERE l.county_code = a.county_code AND l.resident_id = a.resident_id
    ) AS s
WHERE
    a.county_code = :county_code
    AND a.resident_id = any(CAST(:resident_ids AS bigint[]))
    AND (a.personal_fen, a.collective_fen, a.gov_fen) IS DISTINCT FROM (s.personal_fen, s.collective_fen, s.gov_fen)
