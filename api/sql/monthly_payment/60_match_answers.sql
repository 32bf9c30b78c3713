-- Lines of a bank's answer that do not answer exactly one open line of the run by number, amount and person. The answer
-- stands in the temporary table bank_answers (number, seq, resident_id, amount_fen, id_token, name).
-- Parameters: county_code, run_id.
WITH lines AS MATERIALIZED (
    SELECT
        l.seq,
        l.resident_id,
        l.month,
        l.kind,
        l.amount_fen,
        l.id_token,
        l.name
    FROM payment_lines AS l
    WHERE l.county_code = :county_code AND l.run_id = :run_id
),

closed AS (
    SELECT
        d.resident_id,
        d.month,
        d.kind
    FROM payment_dues AS d
    WHERE
        d.county_code = :county_code AND d.resident_id = ANY(ARRAY(SELECT DISTINCT resident_id FROM bank_answers))
        AND d.month = ANY(ARRAY(SELECT DISTINCT month FROM lines))
        AND (d.paid_on IS NOT NULL OR d.line_run_id IS DISTINCT FROM :run_id)
)

SELECT
    a.number,
    CASE
        WHEN l.seq IS NULL THEN 'unknown'
        WHEN l.amount_fen <> a.amount_fen THEN 'other_amount'
        WHEN l.resident_id <> a.resident_id OR l.id_token <> a.id_token OR l.name <> a.name THEN 'other_person'
        ELSE 'repeated'
    END AS code
FROM bank_answers AS a
LEFT JOIN lines AS l ON a.seq = l.seq
LEFT JOIN closed AS c ON l.resident_id = c.resident_id AND l.month = c.month AND l.kind = c.kind
WHERE
    l.seq IS NULL OR l.amount_fen <> a.amount_fen OR l.resident_id <> a.resident_id OR l.id_token <> a.id_token
    OR l.name <> a.name OR c.resident_id IS NOT NULL
ORDER BY a.number
