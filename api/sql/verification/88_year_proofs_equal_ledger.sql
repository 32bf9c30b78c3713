-- title: 年度证明中每个账户的余额与摘要等于其封存的明细，且逐村逐县加总相符
-- A person's leaf stands on the lines that the seal covers, whatever was corrected later.
WITH leaves AS (
    SELECT
        f.county_code,
        f.year,
        f.version,
        f.division_code,
        count(*) AS account_count,
        sum(f.personal_fen) AS personal_fen,
        sum(f.collective_fen) AS collective_fen,
        sum(f.gov_fen) AS gov_fen
    FROM year_proof_leaves AS f
    GROUP BY f.county_code, f.year, f.version, f.division_code
),

counties AS (
    SELECT
        v.county_code,
        v.year,
        v.version,
        sum(v.account_count) AS account_count,
        sum(v.personal_fen) AS personal_fen,
        sum(v.collective_fen) AS collective_fen,
        sum(v.gov_fen) AS gov_fen
    FROM year_proof_villages AS v
    GROUP BY v.county_code, v.year, v.version
),

sealed AS (
    SELECT
        p.county_code,
        p.year,
        p.version,
        l.resident_id,
        sum(l.personal_fen) AS personal_fen,
        sum(l.collective_fen) AS collective_fen,
        sum(l.gov_fen) AS gov_fen,
        sha256(convert_to(coalesce(string_agg(
            concat_ws(
                '|', l.journal_id, l.value_month, l.personal_fen, l.collective_fen, l.gov_fen, l.fund_fen,
                coalesce(l.contribution_year, 0)
            ),
            chr(10) ORDER BY l.journal_id
        ) FILTER (WHERE l.value_year = p.year), ''), 'UTF8')) AS lines_hash
    FROM year_proofs AS p
    INNER JOIN account_lines AS l ON p.county_code = l.county_code AND l.value_year <= p.year
    INNER JOIN journals AS j ON l.county_code = j.county_code AND l.journal_id = j.id AND j.xid < p.xid_upto
    GROUP BY p.county_code, p.year, p.version, l.resident_id
)

SELECT
    coalesce(f.county_code, s.county_code) AS county_code,
    coalesce(f.year, s.year) AS year,
    coalesce(f.version, s.version) AS version,
    coalesce(f.resident_id, s.resident_id) AS subject_id
FROM year_proof_leaves AS f
FULL JOIN sealed AS s
    ON f.county_code = s.county_code AND f.resident_id = s.resident_id AND f.year = s.year AND f.version = s.version
WHERE
    f.resident_id IS NULL
    OR (f.personal_fen, f.collective_fen, f.gov_fen, f.lines_hash)
    IS DISTINCT FROM (
        coalesce(s.personal_fen, 0), coalesce(s.collective_fen, 0), coalesce(s.gov_fen, 0), coalesce(s.lines_hash, sha256(''))
    )
UNION ALL
SELECT
    coalesce(v.county_code, l.county_code) AS county_code,
    coalesce(v.year, l.year) AS year,
    coalesce(v.version, l.version) AS version,
    coalesce(v.division_code, l.division_code) AS subject_id
FROM year_proof_villages AS v
FULL JOIN leaves AS l
    ON v.county_code = l.county_code AND v.year = l.year AND v.version = l.version AND v.division_code = l.division_code
WHERE
    (v.account_count, v.personal_fen, v.collective_fen, v.gov_fen)
    IS DISTINCT FROM (l.account_count, l.personal_fen, l.collective_fen, l.gov_fen)
UNION ALL
SELECT
    coalesce(p.county_code, c.county_code) AS county_code,
    coalesce(p.year, c.year) AS year,
    coalesce(p.version, c.version) AS version,
    NULL AS subject_id
FROM year_proofs AS p
FULL JOIN counties AS c ON p.county_code = c.county_code AND p.year = c.year AND p.version = c.version
WHERE
    (p.account_count, p.personal_fen, p.collective_fen, p.gov_fen)
    IS DISTINCT FROM (c.account_count, c.personal_fen, c.collective_fen, c.gov_fen)
