-- title: 账户结清为零；款项支付之后参保才终止，支付之后不再参保
SELECT
    a.county_code,
    a.resident_id,
    'closed_account_not_empty_or_not_settled' AS what
FROM accounts AS a
WHERE
    a.state = 'closed'
    AND (
        a.personal_fen <> 0 OR a.collective_fen <> 0 OR a.gov_fen <> 0
        OR NOT EXISTS (
            SELECT 1 FROM settlements AS s
            WHERE
                s.county_code = a.county_code AND s.resident_id = a.resident_id AND s.state IN ('approved', 'paid', 'closed')
        )
    )
UNION ALL
SELECT
    s.county_code,
    s.resident_id,
    'approved_settlement_of_open_account'
FROM settlements AS s
JOIN accounts AS a ON s.county_code = a.county_code AND s.resident_id = a.resident_id
WHERE s.state = 'approved' AND a.state <> 'closed'
UNION ALL
SELECT
    e.county_code,
    e.resident_id,
    'terminated_without_payment'
FROM enrolments AS e
WHERE
    e.state = 'terminated'
    AND NOT EXISTS (
        SELECT 1 FROM settlements AS s
        WHERE s.county_code = e.county_code AND s.resident_id = e.resident_id AND s.state IN ('paid', 'closed')
    )
UNION ALL
SELECT
    c.county_code,
    c.resident_id,
    CASE WHEN c.state = 'archived' THEN 'archived_without_payment' ELSE 'paid_but_not_archived' END
FROM cancellations AS c
LEFT JOIN (
    SELECT
        county_code,
        cancellation_id
    FROM settlements
    WHERE state IN ('paid', 'closed') AND NOT is_supplement
) AS s ON c.county_code = s.county_code AND c.id = s.cancellation_id
WHERE (c.state = 'archived') <> (s.cancellation_id IS NOT NULL)
UNION ALL
SELECT
    b.county_code,
    b.resident_id,
    'benefit_runs_after_settlement'
FROM settlements AS s
JOIN benefits AS b ON s.county_code = b.county_code AND s.resident_id = b.resident_id
WHERE
    s.state IN ('paid', 'closed')
    AND (b.settlement_id IS NULL OR b.state <> 'terminated' OR b.end_month > date_trunc('month', s.event_on))
