-- title: 银行核对两边金额相等，且与对账单明细、账簿凭证一致
WITH sides AS (
    SELECT
        i.county_code,
        i.match_id,
        coalesce(sum(i.amount_fen) FILTER (WHERE i.side = 'line'), 0) AS line_fen,
        coalesce(sum(i.amount_fen) FILTER (WHERE i.side = 'journal'), 0) AS journal_fen
    FROM bank_match_items AS i
    GROUP BY i.county_code, i.match_id
),

wrong AS (
    SELECT
        i.county_code,
        i.match_id
    FROM bank_match_items AS i
    LEFT JOIN bank_statement_lines AS b
        ON
            i.side = 'line' AND i.county_code = b.county_code AND i.subject_id = b.id AND i.account = b.account
            AND i.amount_fen = b.amount_fen
    LEFT JOIN fund_lines AS f
        ON
            i.side = 'journal' AND i.county_code = f.county_code AND i.subject_id = f.journal_id
            AND i.account = f.fund_account AND f.party_id = 0 AND i.amount_fen = f.debit_fen - f.credit_fen
    WHERE b.id IS NULL AND f.journal_id IS NULL
)

SELECT
    m.county_code,
    m.id AS match_id,
    m.amount_fen,
    coalesce(s.line_fen, 0) AS line_fen,
    coalesce(s.journal_fen, 0) AS journal_fen
FROM bank_matches AS m
LEFT JOIN sides AS s ON m.county_code = s.county_code AND m.id = s.match_id
WHERE
    m.amount_fen <> coalesce(s.line_fen, 0) OR m.amount_fen <> coalesce(s.journal_fen, 0)
    OR EXISTS (
        SELECT 1 FROM wrong AS w
        WHERE w.county_code = m.county_code AND w.match_id = m.id
    )
    OR (m.origin = 'by_hand' AND m.state = 'matched' AND coalesce(m.decided_by_id, m.proposed_by_id) = m.proposed_by_id)
