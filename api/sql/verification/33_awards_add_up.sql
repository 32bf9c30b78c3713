-- title: 账户养老金等于核定余额除以计发月数，结算利息已入账
-- :counties, :months, :divisors  计发月数 of each county and first month (services/verification.py)
SELECT
    w.county_code,
    w.id AS award_id,
    w.account_pension_fen,
    w.personal_fen + w.collective_fen + w.gov_fen AS total_fen
FROM awards AS w
JOIN
    unnest(
        CAST(:counties AS integer[]), CAST(:months AS date[]), CAST(:divisors AS integer[])
    ) AS v (county_code, start_month, divisor)
    ON w.county_code = v.county_code AND w.start_month = v.start_month
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
    (2 * (w.personal_fen + w.collective_fen + w.gov_fen) + v.divisor) / (2 * v.divisor) <> w.account_pension_fen
    OR (
        w.state = 'approved'
        AND (
            coalesce(l.personal_fen, 0) <> CAST(w.breakdown #>> '{interest,personal_fen}' AS bigint)
            OR coalesce(l.collective_fen, 0) <> CAST(w.breakdown #>> '{interest,collective_fen}' AS bigint)
            OR coalesce(l.gov_fen, 0) <> CAST(w.breakdown #>> '{interest,gov_fen}' AS bigint)
        )
    )
