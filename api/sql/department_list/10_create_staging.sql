-- Temporary tables of one comparison; they end with the transaction. Several statements, no parameters.
CREATE TEMP TABLE IF NOT EXISTS staged_rows (
    seq bigint,
    file_row int,
    name text COLLATE "C",
    id_token uuid,
    birth_date date,
    value text COLLATE "C",
    happened_on date,
    until_on date,
    paper text COLLATE "C",
    is_by_hand boolean
) ON COMMIT DROP;
CREATE TEMP TABLE IF NOT EXISTS compared_rows (
    LIKE staged_rows,
    outcome text COLLATE "C",
    effect text COLLATE "C",
    resident_id bigint,
    resident_version int,
    held_value text COLLATE "C",
    held_on date,
    fact_id bigint,
    candidates jsonb DEFAULT '[]',
    paid_after_months int DEFAULT 0,
    paid_after_fen bigint DEFAULT 0,
    paid_after_basic_fen bigint DEFAULT 0
) ON COMMIT DROP;
TRUNCATE staged_rows, compared_rows
