-- People of the batch whose facts have changed since it was computed: died, left, cancelling, paid meanwhile, another
-- account. Any row means that the batch must be computed again. Parameters: county_code, batch_id, contribution_year,
-- today, year_kinds.
SELECT
    l.resident_id,
    CASE
        WHEN r.status <> 'alive' THEN 'gone'
        WHEN a.resident_id IS NULL OR a.state <> 'open' THEN 'account_closed'
        WHEN a.cancels_on < :today THEN 'cancellation'
        WHEN a.interest_through >= :today THEN 'period_closed'
        WHEN r.name <> l.name OR r.id_token <> l.id_token THEN 'identity_changed'
        WHEN coalesce(p.payments, 0) <> l.paid_before THEN 'paid'
        ELSE 'account_changed'
    END AS code
FROM collection_lines AS l
JOIN residents AS r ON l.county_code = r.county_code AND l.resident_id = r.id
LEFT JOIN accounts AS a ON l.county_code = a.county_code AND l.resident_id = a.resident_id
LEFT JOIN (
    SELECT
        c.county_code,
        c.resident_id,
        count(*) AS payments
    FROM contributions AS c
    WHERE
        c.county_code = :county_code AND c.contribution_year = :contribution_year AND c.state = 'posted'
        AND c.kind = ANY(CAST(:year_kinds AS text[]))
    GROUP BY c.county_code, c.resident_id
) AS p ON l.county_code = p.county_code AND l.resident_id = p.resident_id
WHERE
    l.county_code = :county_code AND l.batch_id = :batch_id
    AND (
        r.status <> 'alive' OR a.resident_id IS NULL OR a.state <> 'open' OR a.cancels_on < :today
        OR a.interest_through >= :today OR r.bank_account_index IS DISTINCT FROM l.bank_account_index
        OR r.name <> l.name OR r.id_token <> l.id_token OR coalesce(p.payments, 0) <> l.paid_before
    )
ORDER BY l.seq
LIMIT 200
