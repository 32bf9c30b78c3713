-- Adds one link to a county's chain: every journal that transactions wrote since the last one and that no transaction
-- still under way can add to. Nothing when there is none.
-- The statement's own snapshot says which transaction is the oldest still under way: whatever is older is visible in it.
-- :county_code  whose chain
WITH last AS (
    SELECT
        s.seq,
        s.hash,
        s.xid_upto
    FROM ledger_seals AS s
    WHERE s.county_code = :county_code
    ORDER BY s.seq DESC
    LIMIT 1
),

link AS (
    SELECT
        CAST(1 AS smallint) AS format,
        CAST(:county_code AS integer) AS county_code,
        coalesce((SELECT seq FROM last), 0) + 1 AS seq,
        coalesce((SELECT hash FROM last), repeat('0', 64)) AS previous_hash,
        coalesce((SELECT xid_upto FROM last), 0) AS xid_from,
        CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint) AS xid_upto,
        now() AS sealed_at
),

chosen AS MATERIALIZED (
    SELECT
        j.*,
        (SELECT seq FROM link) AS seq
    FROM journals AS j
    WHERE
        j.county_code = :county_code
        AND j.xid >= (SELECT xid_from FROM link)
        AND j.xid < (SELECT xid_upto FROM link)
),

account_digests AS MATERIALIZED (
    SELECT
        l.county_code,
        l.journal_id,
        count(*) AS line_count,
        sha256(convert_to(string_agg(
            concat_ws(
                '|', l.resident_id, l.value_year, l.value_month, l.division_code, l.personal_fen, l.collective_fen, l.gov_fen,
                l.fund_fen, coalesce(l.contribution_year, 0)
            ),
            chr(10) ORDER BY l.resident_id, l.value_year
        ), 'UTF8')) AS digest
    FROM account_lines AS l
    INNER JOIN chosen AS c ON l.county_code = c.county_code AND l.journal_id = c.id
    WHERE l.journal_id BETWEEN (SELECT min(id) FROM chosen) AND (SELECT max(id) FROM chosen)
    GROUP BY l.county_code, l.journal_id
),

fund_digests AS MATERIALIZED (
    SELECT
        f.county_code,
        f.journal_id,
        count(*) AS line_count,
        sha256(convert_to(string_agg(
            concat_ws('|', f.fund_account, f.party_id, f.division_code, f.debit_fen, f.credit_fen),
            chr(10) ORDER BY f.fund_account COLLATE "C", f.party_id
        ), 'UTF8')) AS digest
    FROM fund_lines AS f
    INNER JOIN chosen AS c ON f.county_code = c.county_code AND f.journal_id = c.id
    WHERE f.journal_id BETWEEN (SELECT min(id) FROM chosen) AND (SELECT max(id) FROM chosen)
    GROUP BY f.county_code, f.journal_id
),

-- The key is the only free text: its length stands before it. No other field can hold the separator.
digests AS MATERIALIZED (
    SELECT
        c.county_code,
        c.id,
        c.seq,
        coalesce(a.line_count, 0) AS account_line_count,
        coalesce(f.line_count, 0) AS fund_line_count,
        sha256(
            convert_to(concat_ws(
                '|', c.id, c.division_code, c.kind, c.business_date - date '2000-01-01',
                octet_length(convert_to(c.dedup_key, 'UTF8')), c.dedup_key, c.maker_id, coalesce(c.checker_id, 0),
                coalesce(c.reverses_id, 0), coalesce(c.run_id, 0),
                CAST(extract(EPOCH FROM c.created_at) * 1000000 AS bigint), c.xid
            ), 'UTF8')
            || coalesce(a.digest, sha256('')) || coalesce(f.digest, sha256(''))
        ) AS digest
    FROM chosen AS c
    LEFT JOIN account_digests AS a ON c.county_code = a.county_code AND c.id = a.journal_id
    LEFT JOIN fund_digests AS f ON c.county_code = f.county_code AND c.id = f.journal_id
),

contents AS (
    SELECT
        d.county_code,
        d.seq,
        count(*) AS journal_count,
        sum(d.fund_line_count) AS fund_line_count,
        sum(d.account_line_count) AS account_line_count,
        sha256(string_agg(d.digest, CAST('' AS bytea) ORDER BY d.id)) AS digest
    FROM digests AS d
    GROUP BY d.county_code, d.seq
)

INSERT INTO ledger_seals (
    county_code, seq, division_code, format, previous_hash, hash, xid_from, xid_upto,
    journal_count, fund_line_count, account_line_count, sealed_at
)
SELECT
    l.county_code,
    l.seq,
    CAST(l.county_code AS bigint) * 1000000 AS division_code,
    l.format,
    l.previous_hash,
    encode(sha256(
        convert_to(concat_ws(
            '|', 'nongbao-ledger-seal', l.format, l.county_code, l.seq, l.xid_from, l.xid_upto,
            CAST(extract(EPOCH FROM l.sealed_at) * 1000000 AS bigint), c.journal_count, c.fund_line_count,
            c.account_line_count
        ), 'UTF8')
        || decode(l.previous_hash, 'hex') || c.digest
    ), 'hex') AS hash,
    l.xid_from,
    l.xid_upto,
    c.journal_count,
    c.fund_line_count,
    c.account_line_count,
    l.sealed_at
FROM link AS l
INNER JOIN contents AS c ON l.seq = c.seq
RETURNING seq, hash, journal_count, fund_line_count, account_line_count
