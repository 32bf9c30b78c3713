-- The rows of a kept list as they were staged; a row that was given to a person by hand goes by that person's number.
-- :county_code, :list_id
INSERT INTO staged_rows (seq, file_row, name, id_token, birth_date, value, happened_on, until_on, paper, is_by_hand)
SELECT
    k.seq,
    k.file_row,
    k.name,
    CASE WHEN k.is_by_hand THEN r.id_token ELSE k.id_token END,
    k.birth_date,
    k.value,
    k.happened_on,
    k.until_on,
    k.paper,
    k.is_by_hand
FROM department_list_rows AS k
LEFT JOIN residents AS r ON k.is_by_hand AND k.county_code = r.county_code AND k.resident_id = r.id
WHERE k.county_code = :county_code AND k.list_id = :list_id AND k.outcome <> 'removed'
