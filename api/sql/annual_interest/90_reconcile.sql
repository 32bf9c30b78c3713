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
    encode(sha256(convert_to(coalesce(string_agg(
        l.resident_id || '|' || l.personal_fen || '|' || l.collective_fen || '|' || l.gov_fen,
        chr(10) ORDER BY l.resident_id
    ), ''), 'UTF8')), 'hex') AS content_sha256
FROM journals AS j
INNER JOIN account_lines AS l
    ON j.county_code = l.county_code AND j.id = l.journal_id AND l.value_year = :year
WHERE
    j.county_code = :county_code
    AND j.run_id = :run_id
    AND (CAST(:journal_id AS bigint) IS NULL OR j.id = :journal_id)
GROUP BY j.division_code
ORDER BY j.division_code
