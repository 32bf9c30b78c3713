-- title: 补贴申报等于其明细，每笔补贴只申报一次，到账不超过申报，均由两人办理
SELECT
    k.county_code,
    k.id AS subject_id,
    'sums' AS what,
    k.amount_fen - coalesce(l.amount_fen, 0) AS difference_fen
FROM subsidy_claims AS k
LEFT JOIN (
    SELECT
        county_code,
        claim_id,
        count(*) AS line_count,
        sum(amount_fen) AS amount_fen,
        sum(central_fen) AS central_fen,
        sum(province_fen) AS province_fen,
        sum(city_fen) AS city_fen,
        sum(county_fen) AS county_fen,
        sum(town_fen) AS town_fen
    FROM subsidy_claim_lines
    GROUP BY county_code, claim_id
) AS l ON k.county_code = l.county_code AND k.id = l.claim_id
WHERE
    k.line_count IS DISTINCT FROM l.line_count OR k.amount_fen IS DISTINCT FROM l.amount_fen
    OR k.central_fen IS DISTINCT FROM l.central_fen OR k.province_fen IS DISTINCT FROM l.province_fen
    OR k.city_fen IS DISTINCT FROM l.city_fen OR k.county_fen IS DISTINCT FROM l.county_fen
    OR k.town_fen IS DISTINCT FROM l.town_fen
UNION ALL
-- A contribution is claimed, taken back, claimed again: never twice in a row, and always for what government owes for it.
SELECT
    l.county_code,
    l.contribution_id,
    'turns',
    l.amount_fen
FROM subsidy_claim_lines AS l
JOIN contributions AS c ON l.county_code = c.county_code AND l.contribution_id = c.id
WHERE
    l.is_live
    AND (
        (l.turn % 2 = 1) <> (l.amount_fen > 0)
        OR (l.purpose = 'contribution_subsidy' AND abs(l.amount_fen) <> c.subsidy_fen + c.waiting_subsidy_fen)
        OR (l.turn > 1 AND NOT EXISTS (
            SELECT 1 FROM subsidy_claim_lines AS p
            WHERE
                p.county_code = l.county_code AND p.contribution_id = l.contribution_id AND p.purpose = l.purpose
                AND p.origin = l.origin AND p.is_live AND p.turn = l.turn - 1
        ))
    )
UNION ALL
SELECT
    r.county_code,
    r.id,
    'shares',
    s.amount_fen - r.amount_fen
FROM subsidy_receipts AS r
JOIN (
    SELECT
        county_code,
        receipt_id,
        sum(amount_fen) AS amount_fen
    FROM subsidy_receipt_shares
    GROUP BY county_code, receipt_id
) AS s ON r.county_code = s.county_code AND r.id = s.receipt_id
WHERE s.amount_fen > r.amount_fen OR r.state <> 'confirmed'
UNION ALL
SELECT
    k.county_code,
    k.id,
    'paid',
    coalesce(s.amount_fen, 0) - v.amount_fen
FROM subsidy_claims AS k
CROSS JOIN
    LATERAL (
        VALUES
        ('central', k.central_fen), ('province', k.province_fen), ('city', k.city_fen), ('county', k.county_fen),
        ('town', k.town_fen)
    ) AS v (level, amount_fen)
LEFT JOIN (
    SELECT
        county_code,
        claim_id,
        level,
        sum(amount_fen) AS amount_fen
    FROM subsidy_receipt_shares
    GROUP BY county_code, claim_id, level
) AS s ON k.county_code = s.county_code AND k.id = s.claim_id AND v.level = s.level
WHERE
    coalesce(s.amount_fen, 0) > v.amount_fen
    OR (k.state = 'closed' AND coalesce(s.amount_fen, 0) <> v.amount_fen)
    OR (k.state IN ('computed', 'discarded') AND s.amount_fen IS NOT NULL)
UNION ALL
-- What is called covered needs no more money than has come.
SELECT
    l.county_code,
    l.claim_id,
    'covered',
    sum(v.amount_fen) - coalesce(max(s.amount_fen), 0)
FROM subsidy_claim_lines AS l
CROSS JOIN
    LATERAL (
        VALUES
        ('central', l.central_fen), ('province', l.province_fen), ('city', l.city_fen), ('county', l.county_fen),
        ('town', l.town_fen)
    ) AS v (level, amount_fen)
LEFT JOIN (
    SELECT
        county_code,
        claim_id,
        level,
        sum(amount_fen) AS amount_fen
    FROM subsidy_receipt_shares
    GROUP BY county_code, claim_id, level
) AS s ON l.county_code = s.county_code AND l.claim_id = s.claim_id AND v.level = s.level
WHERE l.covered_on IS NOT NULL
GROUP BY l.county_code, l.claim_id, v.level
HAVING sum(v.amount_fen) > coalesce(max(s.amount_fen), 0)
UNION ALL
SELECT
    county_code,
    id,
    'two_persons',
    0
FROM subsidy_claims
WHERE checker_id IN (maker_id, 1) OR (state IN ('approved', 'sent', 'closed') AND checker_id IS NULL)
UNION ALL
SELECT
    county_code,
    id,
    'two_persons',
    0
FROM subsidy_receipts
WHERE confirmed_by_id IN (recorded_by_id, 1) OR (state = 'confirmed' AND confirmed_by_id IS NULL)
