-- Keep the bank's refusals and open their dues again, so that the next run pays them.
-- Parameters: county_code, run_id, return_id, seqs, bank_codes, reasons (arrays of equal length).
WITH refused AS MATERIALIZED (
    SELECT
        l.seq,
        l.resident_id,
        l.division_code,
        l.month,
        l.kind,
        l.amount_fen,
        a.bank_code,
        a.reason
    FROM
        unnest(CAST(:seqs AS bigint[]), CAST(:bank_codes AS text[]), CAST(:reasons AS text[]))
            AS a (seq, bank_code, reason)
    JOIN payment_lines AS l ON l.county_code = :county_code AND l.run_id = :run_id AND a.seq = l.seq
),

kept AS (
    INSERT INTO payment_refusals (county_code, run_id, seq, return_id, division_code, amount_fen, bank_code, reason)
    SELECT
        :county_code,
        :run_id,
        seq,
        :return_id,
        division_code,
        amount_fen,
        bank_code,
        reason
    FROM refused
    RETURNING division_code, amount_fen
),

reopened AS (
    UPDATE payment_dues d
    SET line_run_id = NULL
    FROM refused AS r
    WHERE
        d.county_code = :county_code AND d.resident_id = r.resident_id AND d.month = r.month AND d.kind = r.kind
        AND d.line_run_id = :run_id AND d.paid_on IS NULL
        AND d.resident_id = ANY(ARRAY(SELECT resident_id FROM refused))
        AND d.month = ANY(ARRAY(SELECT DISTINCT month FROM refused))
    RETURNING 1
)

SELECT
    division_code / 1000 * 1000 AS town,
    count(*) AS lines,
    sum(amount_fen)::bigint AS total_fen,
    (SELECT count(*) FROM reopened) AS reopened
FROM kept
GROUP BY 1
ORDER BY 1
