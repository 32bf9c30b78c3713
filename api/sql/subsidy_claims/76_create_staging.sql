-- The lines of a town that are posted now; gone with the transaction.
CREATE TEMP TABLE ready_lines (
    seq bigint,
    division_code bigint,
    resident_id bigint,
    contribution_id bigint,
    contribution_year smallint,
    purpose text,
    amount_fen bigint,
    value_on date,
    place integer
) ON COMMIT DROP
