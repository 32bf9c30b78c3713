-- Keep what the bank did not deduct, with its words. Nothing is booked: in full or not at all (A19).
-- Parameters: county_code, batch_id, file_no, return_id, finding_number.
WITH failed AS (
    INSERT INTO collection_outcomes (
        county_code, batch_id, seq, division_code, result, return_id, finding_number, bank_code, reason
    )
    SELECT
        :county_code,
        :batch_id,
        l.seq,
        l.division_code,
        'failed',
        CAST(:return_id AS bigint),
        CAST(:finding_number AS integer),
        j.bank_code,
        coalesce(j.reason, '银行未说明原因')
    FROM collection_judged AS j
    JOIN collection_lines AS l ON l.county_code = :county_code AND l.batch_id = :batch_id AND j.seq = l.seq
    WHERE j.file_no = :file_no AND j.verdict = 'ok' AND NOT j.succeeded
    RETURNING seq
)

SELECT
    count(*) AS lines,
    coalesce(sum(l.amount_fen), 0)::bigint AS amount_fen
FROM failed AS f
JOIN collection_lines AS l ON l.county_code = :county_code AND l.batch_id = :batch_id AND f.seq = l.seq
