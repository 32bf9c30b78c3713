-- title: 应收财政补贴等于应申报未申报加已申报未到账(逐级次)
WITH books AS (
    SELECT
        f.county_code,
        f.fund_account,
        f.party_id,
        sum(f.debit_fen - f.credit_fen) AS amount_fen
    FROM fund_lines AS f
    JOIN journals AS j ON f.county_code = j.county_code AND f.journal_id = j.id
    WHERE
        f.fund_account IN ('subsidy_receivable', 'late_interest_receivable')
        -- Money that came before there were claims was taken from what is owed without a level.
        AND j.kind <> 'fund_transfer'
    GROUP BY f.county_code, f.fund_account, f.party_id
),

given_back AS (
    SELECT DISTINCT
        c.county_code,
        c.id
    FROM settlements AS s
    JOIN contributions AS c ON s.county_code = c.county_code AND s.resident_id = c.resident_id
    WHERE
        NOT s.is_supplement AND s.state IN ('approved', 'paid', 'closed') AND c.paid_on > s.event_on AND c.id < s.id
),

owed AS (
    SELECT
        c.county_code,
        'subsidy_receivable' AS fund_account,
        0 AS party_id,
        l.gov_fen AS amount_fen
    FROM contributions AS c
    JOIN account_lines AS l
        ON c.county_code = l.county_code AND c.resident_id = l.resident_id AND c.journal_id = l.journal_id
    LEFT JOIN given_back AS b ON c.county_code = b.county_code AND c.id = b.id
    WHERE c.state = 'posted' AND b.id IS NULL
    UNION ALL
    SELECT
        p.county_code,
        'subsidy_receivable',
        0,
        CASE WHEN p.is_return THEN p.amount_fen ELSE -p.amount_fen END
    FROM subsidy_postings AS p
    JOIN given_back AS b ON p.county_code = b.county_code AND p.contribution_id = b.id
    WHERE p.purpose = 'contribution_subsidy'
    UNION ALL
    SELECT
        l.county_code,
        'subsidy_receivable',
        0,
        -l.amount_fen
    FROM subsidy_claim_lines AS l
    JOIN subsidy_claims AS k ON l.county_code = k.county_code AND l.claim_id = k.id
    WHERE
        k.state IN ('approved', 'sent', 'closed') AND NOT l.waits
        AND l.purpose IN ('contribution_subsidy', 'government_paid')
    UNION ALL
    SELECT
        l.county_code,
        CASE WHEN l.purpose = 'late_interest' THEN 'late_interest_receivable' ELSE 'subsidy_receivable' END,
        v.party_id,
        v.amount_fen
    FROM subsidy_claim_lines AS l
    JOIN subsidy_claims AS k ON l.county_code = k.county_code AND l.claim_id = k.id
    CROSS JOIN
        LATERAL (
            VALUES (1, l.central_fen), (2, l.province_fen), (3, l.city_fen), (4, l.county_fen), (5, l.town_fen)
        ) AS v (party_id, amount_fen)
    WHERE k.state IN ('approved', 'sent', 'closed') AND l.purpose <> 'basic_pension'
    UNION ALL
    SELECT
        r.county_code,
        CASE WHEN r.purpose = 'late_interest' THEN 'late_interest_receivable' ELSE 'subsidy_receivable' END,
        array_position(ARRAY['central', 'province', 'city', 'county', 'town'], CAST(r.level AS text)),
        -r.amount_fen
    FROM subsidy_receipts AS r
    WHERE r.state = 'confirmed' AND r.purpose <> 'basic_pension'
),

summed AS (
    SELECT
        county_code,
        fund_account,
        party_id,
        sum(amount_fen) AS amount_fen
    FROM owed
    GROUP BY county_code, fund_account, party_id
)

SELECT
    coalesce(b.county_code, s.county_code) AS county_code,
    coalesce(b.fund_account, s.fund_account) AS fund_account,
    coalesce(b.party_id, s.party_id) AS party_id,
    coalesce(b.amount_fen, 0) AS booked_fen,
    coalesce(s.amount_fen, 0) AS should_be_fen
FROM books AS b
FULL JOIN summed AS s
    ON b.county_code = s.county_code AND b.fund_account = s.fund_account AND b.party_id = s.party_id
WHERE coalesce(b.amount_fen, 0) <> coalesce(s.amount_fen, 0)
