-- Personal accounts as of a day, from their own lines: by town that booked them, with how many hold money.
-- :county_code   county
-- :until         last day that counts
SELECT
    p.town_code,
    count(*) FILTER (WHERE p.personal_fen <> 0 OR p.collective_fen <> 0 OR p.gov_fen <> 0) AS account_count,
    cast(sum(p.personal_fen) AS bigint) AS personal_fen,
    cast(sum(p.collective_fen) AS bigint) AS collective_fen,
    cast(sum(p.gov_fen) AS bigint) AS gov_fen
FROM (
    SELECT
        l.resident_id,
        l.division_code / 1000 * 1000 AS town_code,
        sum(l.personal_fen) AS personal_fen,
        sum(l.collective_fen) AS collective_fen,
        sum(l.gov_fen) AS gov_fen
    FROM account_lines AS l
    INNER JOIN journals AS j ON l.county_code = j.county_code AND l.journal_id = j.id
    WHERE l.county_code = :county_code AND j.business_date <= :until
    GROUP BY l.resident_id, l.division_code / 1000 * 1000
) AS p
GROUP BY p.town_code
ORDER BY p.town_code
