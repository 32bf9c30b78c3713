-- Keep what was found. What would change something is chosen until somebody says otherwise; but who is missing from a
-- complete list is not, while a row of the same name was refused or waits for somebody to say who is meant.
-- :county_code, :list_id, :division_code
-- :doubtful         names on refused rows
-- :is_all_doubtful  a refused row has no name that can be read
-- :reason           what the maker is told of such a row
INSERT INTO department_list_rows (
    county_code, list_id, seq, division_code, file_row, name, id_token, birth_date, value, happened_on, until_on, paper,
    outcome, effect, is_chosen, reason, resident_id, held_value, held_on, fact_id, candidates, paid_after_months, paid_after_fen,
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
    effect <> 'none' AND NOT is_doubtful,
    CASE WHEN is_doubtful THEN :reason END,
    resident_id,
    held_value,
    held_on,
    fact_id,
    candidates,
    paid_after_months,
    paid_after_fen,
    paid_after_basic_fen
FROM (
    SELECT
        c.*,
        (
            c.outcome = 'removed'
            AND (
                :is_all_doubtful
                OR c.name = any(:doubtful)
                OR EXISTS (
                    SELECT FROM compared_rows AS o
                    WHERE o.name = c.name AND o.outcome IN ('not_found', 'same_name_other_id')
                )
            )
        ) AS is_doubtful
    FROM compared_rows AS c
) AS found
ORDER BY seq
