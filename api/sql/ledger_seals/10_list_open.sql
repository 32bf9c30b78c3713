-- Counties with journals that no seal covers yet, and those whose chain is ahead of the database's own transactions, as
-- it is after a dump was loaded into another server.
SELECT
    CAST(d.code / 1000000 AS integer) AS county_code,
    coalesce(s.xid_upto > CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS bigint), FALSE) AS is_ahead
FROM divisions AS d
LEFT JOIN
    LATERAL (
        SELECT l.xid_upto
        FROM ledger_seals AS l
        WHERE l.county_code = d.code / 1000000
        ORDER BY l.seq DESC
        LIMIT 1
    ) AS s
    ON TRUE
WHERE
    d.level = 'county'
    AND (
        s.xid_upto > CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS bigint)
        OR EXISTS (
            SELECT 1
            FROM journals AS j
            WHERE j.county_code = d.code / 1000000 AND j.xid >= coalesce(s.xid_upto, 0)
        )
    )
ORDER BY d.code
