-- What a run posted, per town, from the lines themselves.
-- :county_code, :run_id  the run
-- :year                  interest year
-- :journal_id            one journal of it, or null for all
SELECT
    j.division_code AS town_code,
    count(*) AS row_count,
    coalesce(sum(l.personal_fen), 0) AS personal_fen,
    coalesce(sum(l.collective_fen), 0) AS collective_fen,
    coalesce(sum(l.gov_fen), 0) AS gov_fen,
    -- Differs whenever one person's amount does; the approval itself is bound to the SHA-256 of the computation.
    coalesce(bit_xor(hashint8extended(
        l.personal_fen,
        hashint8extended(l.collective_fen, hashint8extended(l.gov_fen, hashint8extended(l.resident_id, 0)))
    )), 0) AS checksum
FROM journals AS j
INNER JOIN account_lines AS l
    ON j.county_code = l.county_code AND j.id = l.journal_id AND l.value_year = :year
WHERE
    j.county_code = :county_code
    AND j.run_id = :run_id
    AND (CAST(:journal_id AS bigint) IS NULL OR j.id = :journal_id)
GROUP BY j.division_code
ORDER BY j.division_code
