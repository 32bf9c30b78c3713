-- Temporary table of one search; it ends with the transaction. No parameters.
CREATE TEMP TABLE IF NOT EXISTS staged_pairs (
    first_id bigint,
    second_id bigint,
    division_code bigint,
    score smallint,
    reasons jsonb,
    facts text COLLATE "C"
) ON COMMIT DROP
