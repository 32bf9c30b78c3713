-- Owe the difference where the basic pension of a past month has since been raised (policy.md 3.3 P15, example A14).
-- Only months whose amount differs from what an earlier run was computed with are given, so that a run without an
-- adjustment does not read the history. The dead are left to their settlement. Once per person and month by its key.
-- Parameters: county_code, run_id, months, basics (what each of the months is worth today).
INSERT INTO payment_dues (
    county_code, resident_id, month, kind, division_code, basic_fen, account_fen, amount_fen,
    run_id, line_run_id
)
SELECT
    d.county_code,
    d.resident_id,
    d.month,
    'back_pay',
    r.division_code,
    m.basic_fen - d.basic_fen,
    0,
    m.basic_fen - d.basic_fen,
    :run_id,
    NULL
FROM payment_dues AS d
JOIN unnest(CAST(:months AS date[]), CAST(:basics AS bigint[])) AS m (month, basic_fen) ON d.month = m.month
JOIN residents AS r ON d.county_code = r.county_code AND d.resident_id = r.id
WHERE
    d.county_code = :county_code AND d.kind = 'regular' AND d.line_run_id IS NOT NULL
    AND m.basic_fen > d.basic_fen AND r.status <> 'dead'
ON CONFLICT DO NOTHING
