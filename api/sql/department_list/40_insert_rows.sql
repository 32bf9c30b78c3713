-- Keep what was found. What would change something is chosen until somebody says otherwise.
-- :county_code, :list_id, :division_code
INSERT INTO department_list_rows (
    county_code, list_id, seq, division_code, file_row, name, id_token, birth_date, value, happened_on, until_on, paper,
    outcome, effect, is_chosen, resident_id, held_value, held_on, fact_id, candidates, paid_after_months, paid_after_fen,
    paid_after_basic_fen
)
SELECT
    :county_code,
    :list_id,
    seq,
    :division_code,
    file_row,
    name,
    id_token,
    birth_date,
    value,
    happened_on,
    until_on,
    paper,
    outcome,
    effect,
    effect <> 'none',
    resident_id,
    held_value,
    held_on,
    fact_id,
    candidates,
    paid_after_months,
    paid_after_fen,
    paid_after_basic_fen
FROM compared_rows
ORDER BY seq
