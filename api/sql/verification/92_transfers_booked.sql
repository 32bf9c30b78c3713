-- title: 基金划转由两人办理，每笔已入账的都有同额凭证，每张划转凭证都有出处
SELECT
    t.county_code,
    t.id AS transfer_id,
    t.journal_id,
    t.amount_fen
FROM fund_transfers AS t
LEFT JOIN (
    SELECT
        f.county_code,
        f.journal_id,
        sum(f.debit_fen) AS amount_fen,
        min(j.maker_id) AS maker_id,
        min(j.checker_id) AS checker_id
    FROM fund_lines AS f
    JOIN journals AS j ON f.county_code = j.county_code AND f.journal_id = j.id
    WHERE j.kind IN ('fund_transfer', 'bank_interest')
    GROUP BY f.county_code, f.journal_id
) AS b ON t.county_code = b.county_code AND t.journal_id = b.journal_id
WHERE
    t.state = 'booked'
    AND (
        b.journal_id IS NULL OR b.amount_fen <> t.amount_fen OR b.maker_id <> t.proposed_by_id
        OR b.checker_id <> t.decided_by_id OR t.decided_by_id = t.proposed_by_id
    )
UNION ALL
SELECT
    j.county_code,
    t.id AS transfer_id,
    j.id AS journal_id,
    t.amount_fen
FROM journals AS j
JOIN fund_transfers AS t ON j.county_code = t.county_code AND j.dedup_key = 'fund_transfer:' || t.id
WHERE t.journal_id IS DISTINCT FROM j.id
