-- title: 追回金额等于其所列月份已发的待遇，均在事件次月以后；结算支付的月份没有再由批次发放
SELECT
    r.county_code,
    r.id AS recovery_id,
    r.basic_fen + r.account_fen AS demanded_fen,
    coalesce(l.basic_fen + l.account_fen, 0) AS paid_fen
FROM recoveries AS r
JOIN settlements AS s ON r.county_code = s.county_code AND r.settlement_id = s.id
LEFT JOIN (
    SELECT
        d.county_code,
        d.recovery_id,
        count(*) AS due_count,
        min(d.month) AS first_month,
        max(d.month) AS last_month,
        sum(n.fund_fen) AS basic_fen,
        sum(n.personal_fen + n.collective_fen + n.gov_fen) AS account_fen
    FROM payment_dues AS d
    JOIN payment_lines AS n
        ON
            d.county_code = n.county_code AND d.line_run_id = n.run_id AND d.resident_id = n.resident_id
            AND d.month = n.month AND d.kind = n.kind
    WHERE d.recovery_id IS NOT NULL AND d.paid_on IS NOT NULL
    GROUP BY d.county_code, d.recovery_id
) AS l ON r.county_code = l.county_code AND r.id = l.recovery_id
WHERE (
    r.state <> 'cancelled'
    AND (
        l.recovery_id IS NULL OR l.due_count <> r.due_count OR l.basic_fen <> r.basic_fen OR l.account_fen <> r.account_fen
        OR l.first_month <> r.first_month OR l.last_month <> r.last_month OR r.first_month <= s.event_on
    )
)
OR (r.state = 'cancelled' AND l.recovery_id IS NOT NULL)
UNION ALL
SELECT
    d.county_code,
    d.resident_id,
    d.amount_fen,
    0
FROM payment_dues AS d
LEFT JOIN settlements AS s
    ON d.county_code = s.county_code AND d.settlement_id = s.id AND s.state IN ('approved', 'paid', 'closed')
WHERE
    d.settlement_id IS NOT NULL
    AND (s.id IS NULL OR d.line_run_id IS NOT NULL OR d.paid_on IS NOT NULL OR d.month > s.event_on)
