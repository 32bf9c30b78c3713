-- People of the run who have died before a month it pays, are no longer paid, or have another account than the lines
-- were computed with. Any row means that the run must be computed again. Parameters: county_code, run_id.
SELECT
    l.resident_id,
    CASE
        WHEN r.status = 'dead' AND (r.status_on IS NULL OR date_trunc('month', r.status_on) < l.month) THEN 'dead'
        WHEN
            b.resident_id IS NULL OR b.state = 'suspended' OR b.end_month < l.month
            OR (b.state = 'stopped' AND date_trunc('month', b.state_on) < l.month)
            OR date_trunc('month', b.cancels_on) < l.month OR b.settlement_id IS NOT NULL
            THEN 'not_payable'
        ELSE 'account_changed'
    END AS code
FROM payment_lines AS l
JOIN residents AS r ON l.county_code = r.county_code AND l.resident_id = r.id
LEFT JOIN benefits AS b ON l.county_code = b.county_code AND l.resident_id = b.resident_id
WHERE
    l.county_code = :county_code AND l.run_id = :run_id
    AND (
        (r.status = 'dead' AND (r.status_on IS NULL OR date_trunc('month', r.status_on) < l.month))
        OR b.resident_id IS NULL OR b.state = 'suspended' OR b.end_month < l.month
        -- The month of imprisonment is the last that is paid (P12).
        OR (b.state = 'stopped' AND date_trunc('month', b.state_on) < l.month)
        -- A cancellation is under way, or its settlement pays what is owed.
        OR date_trunc('month', b.cancels_on) < l.month OR b.settlement_id IS NOT NULL
        OR r.bank_account_index IS DISTINCT FROM l.bank_account_index
    )
LIMIT 20
