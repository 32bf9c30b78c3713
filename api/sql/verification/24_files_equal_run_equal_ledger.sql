-- title: 报盘文件、批次与在途资金的笔数和金额相同
SELECT
    r.county_code,
    r.id AS run_id,
    r.line_count,
    coalesce(f.lines, 0) AS file_lines,
    r.total_fen,
    coalesce(f.total_fen, 0) AS file_fen,
    coalesce(g.sent_fen, 0) AS ledger_fen
FROM payment_runs AS r
LEFT JOIN (
    SELECT
        county_code,
        run_id,
        sum(line_count) AS lines,
        sum(total_fen) AS total_fen,
        sum(last_seq - first_seq + 1) AS seqs
    FROM bank_files
    GROUP BY county_code, run_id
) AS f ON r.county_code = f.county_code AND r.id = f.run_id
LEFT JOIN (
    SELECT
        j.county_code,
        j.run_id,
        sum(l.debit_fen) AS sent_fen
    FROM journals AS j
    JOIN fund_lines AS l ON j.county_code = l.county_code AND j.id = l.journal_id AND l.fund_account = 'in_transit'
    WHERE j.kind = 'payment_sent'
    GROUP BY j.county_code, j.run_id
) AS g ON r.county_code = g.county_code AND r.id = g.run_id
WHERE (
    r.state IN ('sent', 'closed')
    AND (
        coalesce(f.lines, 0) <> r.line_count OR coalesce(f.total_fen, 0) <> r.total_fen
        OR coalesce(f.seqs, 0) <> r.line_count OR coalesce(g.sent_fen, 0) <> r.total_fen
    )
)
OR (r.state NOT IN ('sent', 'closed') AND (f.lines IS NOT NULL OR g.sent_fen IS NOT NULL))
