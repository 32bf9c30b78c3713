-- title: 到账后记账的补贴逐笔在个人账户之中，待记账余额等于已申报未记账的金额
SELECT
    p.county_code,
    p.claim_id,
    p.seq,
    'posting' AS what,
    p.amount_fen - coalesce(a.gov_fen, 0) AS difference_fen
FROM subsidy_postings AS p
LEFT JOIN subsidy_claim_lines AS l ON p.county_code = l.county_code AND p.claim_id = l.claim_id AND p.seq = l.seq
LEFT JOIN subsidy_claims AS k ON p.county_code = k.county_code AND p.claim_id = k.id
LEFT JOIN journals AS j ON p.county_code = j.county_code AND p.journal_id = j.id
LEFT JOIN account_lines AS a
    ON
        p.county_code = a.county_code AND p.resident_id = a.resident_id AND p.journal_id = a.journal_id
        AND a.value_year = extract(YEAR FROM p.value_on)
WHERE
    l.seq IS NULL OR NOT l.waits OR NOT l.is_live OR l.covered_on IS NULL OR l.amount_fen <> p.amount_fen
    OR l.resident_id <> p.resident_id OR l.contribution_id <> p.contribution_id
    OR k.state NOT IN ('approved', 'sent', 'closed')
    OR p.value_on < l.covered_on OR p.value_on < l.due_on
    OR j.id IS NULL OR j.checker_id IS NULL OR j.checker_id IN (j.maker_id, 1)
    OR a.journal_id IS NULL OR a.gov_fen <> CASE WHEN p.is_return THEN -p.amount_fen ELSE p.amount_fen END
    OR a.value_month <> extract(MONTH FROM p.value_on)
UNION ALL
-- Nobody has a subsidy in the account for a contribution that is reversed.
SELECT
    c.county_code,
    NULL,
    c.id,
    'reversed',
    sum(CASE WHEN p.is_return THEN -p.amount_fen ELSE p.amount_fen END)
FROM contributions AS c
JOIN subsidy_postings AS p ON c.county_code = p.county_code AND c.id = p.contribution_id
WHERE c.state = 'reversed'
GROUP BY c.county_code, c.id
HAVING sum(CASE WHEN p.is_return THEN -p.amount_fen ELSE p.amount_fen END) <> 0
UNION ALL
SELECT
    coalesce(f.county_code, w.county_code),
    NULL,
    NULL,
    'suspense',
    coalesce(f.amount_fen, 0) - coalesce(w.amount_fen, 0)
FROM (
    SELECT
        county_code,
        sum(credit_fen - debit_fen) AS amount_fen
    FROM fund_lines
    WHERE fund_account = 'subsidy_suspense'
    GROUP BY county_code
) AS f
FULL JOIN (
    SELECT
        county_code,
        sum(amount_fen) AS amount_fen
    FROM (
        SELECT
            l.county_code,
            l.amount_fen
        FROM subsidy_claim_lines AS l
        JOIN subsidy_claims AS k ON l.county_code = k.county_code AND l.claim_id = k.id
        WHERE l.waits AND k.state IN ('approved', 'sent', 'closed')
        UNION ALL
        SELECT
            county_code,
            CASE WHEN is_return THEN amount_fen ELSE -amount_fen END
        FROM subsidy_postings
    ) AS one
    GROUP BY county_code
) AS w ON f.county_code = w.county_code
WHERE coalesce(f.amount_fen, 0) <> coalesce(w.amount_fen, 0)
