-- title: 账户养老金等于核定余额除以计发月数，结算利息已入账
SELECT
    w.county_code,
    w.id AS award_id,
    w.account_pension_fen,
    w.personal_fen + w.collective_fen + w.gov_fen AS total_fen
FROM awards AS w
LEFT JOIN (
    SELECT
        county_code,
        journal_id,
        resident_id,
        personal_fen,
        collective_fen,
        gov_fen
    FROM account_lines
) AS l ON w.county_code = l.county_code AND w.journal_id = l.journal_id AND w.resident_id = l.resident_id
WHERE
    (2 * (w.personal_fen + w.collective_fen + w.gov_fen) + :divisor) / (2 * :divisor) <> w.account_pension_fen
    OR (
        w.state = 'approved'
        AND (
            coalesce(l.personal_fen, 0) <> CAST(w.breakdown #>> '{interest,personal_fen}' AS bigint)
            OR coalesce(l.collective_fen, 0) <> CAST(w.breakdown #>> '{interest,collective_fen}' AS bigint)
            OR coalesce(l.gov_fen, 0) <> CAST(w.breakdown #>> '{interest,gov_fen}' AS bigint)
        )
    )
