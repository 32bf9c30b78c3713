-- title: 账本封存与账目一致：封存区间内的凭证、分录、明细未增未减未改
-- Every journal below the last seal belongs to the seal whose range holds its transaction, so one that was put in later
-- changes the contents as well as one that was taken out. The text of the hashes is that of ledger_seals/20_seal.
WITH chosen AS MATERIALIZED (
    SELECT
        j.*,
        s.seq
    FROM ledger_seals AS s
    INNER JOIN journals AS j ON s.county_code = j.county_code AND j.xid >= s.xid_from AND j.xid < s.xid_upto
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

SELECT
    s.county_code,
    s.seq,
    s.journal_count,
    c.journal_count AS found_journal_count
FROM ledger_seals AS s
LEFT JOIN contents AS c ON s.county_code = c.county_code AND s.seq = c.seq
WHERE
    (s.journal_count, s.fund_line_count, s.account_line_count)
    IS DISTINCT FROM (c.journal_count, c.fund_line_count, c.account_line_count)
    OR s.hash IS DISTINCT FROM encode(sha256(
        convert_to(concat_ws(
            '|', 'nongbao-ledger-seal', s.format, s.county_code, s.seq, s.xid_from, s.xid_upto,
            CAST(extract(EPOCH FROM s.sealed_at) * 1000000 AS bigint), c.journal_count, c.fund_line_count,
            c.account_line_count
        ), 'UTF8')
        || decode(s.previous_hash, 'hex') || c.digest
    ), 'hex')
