-- title: 冲正与原凭证逐笔相反，且不冲正冲正
WITH pairs AS (
    SELECT
        r.county_code,
        r.id AS reversal_id,
        o.id AS original_id,
        o.reverses_id AS original_reverses
    FROM journals AS r
    LEFT JOIN journals AS o ON r.county_code = o.county_code AND r.reverses_id = o.id
    WHERE r.reverses_id IS NOT NULL
)

SELECT
    county_code,
    reversal_id,
    original_id,
    'original' AS what
FROM pairs
WHERE original_id IS NULL OR original_reverses IS NOT NULL
UNION ALL
SELECT
    p.county_code,
    p.reversal_id,
    p.original_id,
    'fund_lines'
FROM pairs AS p
JOIN fund_lines AS f ON p.county_code = f.county_code AND f.journal_id IN (p.reversal_id, p.original_id)
GROUP BY p.county_code, p.reversal_id, p.original_id, f.fund_account, f.party_id
HAVING sum(f.debit_fen - f.credit_fen) <> 0
UNION ALL
SELECT
    p.county_code,
    p.reversal_id,
    p.original_id,
    'account_lines'
FROM pairs AS p
JOIN account_lines AS l ON p.county_code = l.county_code AND l.journal_id IN (p.reversal_id, p.original_id)
GROUP BY p.county_code, p.reversal_id, p.original_id, l.resident_id
HAVING sum(l.personal_fen) <> 0 OR sum(l.collective_fen) <> 0 OR sum(l.gov_fen) <> 0
