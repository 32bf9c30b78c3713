-- title: 月结报表未被改动，并与该月凭证的张数、发生额相同
WITH latest AS (
    SELECT
        k.county_code,
        k.month,
        k.pack_version,
        k.content_hash,
        k.journal_count,
        k.turnover_fen,
        p.content_hash AS approved_hash
    FROM fund_periods AS p
    JOIN fund_packs AS k
        ON p.county_code = k.county_code AND p.month = k.month AND p.pack_version = k.pack_version
    WHERE p.state IN ('closed', 'reopening')
),

booked AS (
    SELECT
        l.county_code,
        l.month,
        count(DISTINCT j.id) AS journal_count,
        coalesce(sum(f.debit_fen), 0) AS turnover_fen
    FROM latest AS l
    LEFT JOIN journals AS j
        ON
            l.county_code = j.county_code
            AND j.business_date >= l.month
            AND j.business_date < l.month + interval '1 month'
    LEFT JOIN fund_lines AS f ON j.county_code = f.county_code AND j.id = f.journal_id
    GROUP BY l.county_code, l.month
)

SELECT
    l.county_code,
    l.month,
    l.pack_version,
    b.journal_count - l.journal_count AS journal_difference,
    b.turnover_fen - l.turnover_fen AS turnover_difference_fen
FROM latest AS l
JOIN booked AS b ON l.county_code = b.county_code AND l.month = b.month
WHERE b.journal_count <> l.journal_count OR b.turnover_fen <> l.turnover_fen OR l.content_hash <> l.approved_hash
UNION ALL
SELECT
    county_code,
    month,
    pack_version,
    0,
    0
FROM fund_packs
WHERE content_hash <> encode(sha256(convert_to(content, 'UTF8')), 'hex') OR prepared_by_id = approved_by_id
UNION ALL
SELECT
    p.county_code,
    p.month,
    p.pack_version,
    0,
    0
FROM fund_periods AS p
WHERE
    p.state IN ('closed', 'reopening')
    AND NOT EXISTS (
        SELECT 1 FROM fund_packs AS k
        WHERE k.county_code = p.county_code AND k.month = p.month AND k.pack_version = p.pack_version
    )
