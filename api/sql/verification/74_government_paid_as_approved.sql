-- title: 政府代缴入账与审批的批次逐人相同，街镇合计相同
SELECT
    l.county_code,
    l.run_id,
    l.resident_id,
    l.tier_fen + l.subsidy_fen AS approved_fen,
    c.amount_fen + c.subsidy_fen AS posted_fen
FROM government_paid_lines AS l
LEFT JOIN contributions AS c ON l.county_code = c.county_code AND l.contribution_id = c.id
JOIN runs AS r ON l.county_code = r.county_code AND l.run_id = r.id
WHERE
    (l.contribution_id IS NOT NULL AND (
        c.id IS NULL OR c.kind <> 'government_paid' OR c.resident_id <> l.resident_id
        OR c.amount_fen <> l.tier_fen OR c.subsidy_fen <> l.subsidy_fen
        OR c.waiting_subsidy_fen <> l.waiting_subsidy_fen
    ))
    OR (l.outcome = 'pay' AND r.state = 'posted' AND l.contribution_id IS NULL)
UNION ALL
SELECT
    t.county_code,
    t.run_id,
    NULL AS resident_id,
    t.total_fen AS approved_fen,
    coalesce(sum(f.debit_fen - f.credit_fen), 0) AS posted_fen
FROM run_towns AS t
JOIN runs AS r ON t.county_code = r.county_code AND t.run_id = r.id AND r.kind = 'government_paid'
LEFT JOIN fund_lines AS f
    ON t.county_code = f.county_code AND t.journal_id = f.journal_id AND f.fund_account = 'subsidy_receivable'
GROUP BY t.county_code, t.run_id, t.division_code, t.total_fen
HAVING coalesce(sum(f.debit_fen - f.credit_fen), 0) <> t.total_fen
