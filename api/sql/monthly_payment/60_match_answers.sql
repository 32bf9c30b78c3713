-- Lines of a bank's answer that do not answer exactly one open line of the run by number, amount and person.
-- Parameters: county_code, run_id, numbers (line in the file), seqs, residents, amounts, tokens, names (columns of the
-- answer, as arrays of equal length).
SELECT a.number,
       CASE WHEN l.seq IS NULL THEN 'unknown'
            WHEN l.amount_fen <> a.amount_fen THEN 'other_amount'
            WHEN l.resident_id <> a.resident_id OR l.id_token <> a.id_token OR l.name <> a.name THEN 'other_person'
            WHEN f.seq IS NOT NULL OR d.paid_on IS NOT NULL OR d.line_run_id IS DISTINCT FROM :run_id THEN 'repeated'
       END AS code
  FROM unnest(CAST(:numbers AS bigint[]), CAST(:seqs AS bigint[]), CAST(:residents AS bigint[]),
              CAST(:amounts AS bigint[]), CAST(:tokens AS uuid[]), CAST(:names AS text[]))
       AS a (number, seq, resident_id, amount_fen, id_token, name)
  LEFT JOIN payment_lines l ON l.county_code = :county_code AND l.run_id = :run_id AND l.seq = a.seq
  LEFT JOIN payment_dues d
    ON d.county_code = :county_code AND d.resident_id = l.resident_id AND d.month = l.month AND d.kind = l.kind
  LEFT JOIN payment_refusals f ON f.county_code = :county_code AND f.run_id = :run_id AND f.seq = l.seq
 WHERE l.seq IS NULL OR l.amount_fen <> a.amount_fen OR l.resident_id <> a.resident_id OR l.id_token <> a.id_token
    OR l.name <> a.name OR f.seq IS NOT NULL OR d.paid_on IS NOT NULL OR d.line_run_id IS DISTINCT FROM :run_id
 ORDER BY a.number
