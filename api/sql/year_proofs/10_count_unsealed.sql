-- Journals from a transaction on that touched an account in the year or before: what a proof of the year would leave out,
-- or what came since an earlier one.
-- :county_code          whose
-- :xid_from, :xid_upto  transactions, the last one excluded; null for all that came since
-- :year                 last year of the value dates
SELECT count(DISTINCT j.id)
FROM journals AS j
INNER JOIN account_lines AS l ON j.county_code = l.county_code AND j.id = l.journal_id
WHERE
    j.county_code = :county_code
    AND j.xid >= :xid_from
    AND (CAST(:xid_upto AS bigint) IS NULL OR j.xid < :xid_upto)
    AND l.value_year <= :year
    AND l.journal_id >= (
        SELECT min(f.id) FROM journals AS f
        WHERE f.county_code = :county_code AND f.xid >= :xid_from
    )
