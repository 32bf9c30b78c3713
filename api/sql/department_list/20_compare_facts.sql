-- Each staged row beside the person of its number and the open fact of the list's kind. What somebody holds since an
-- unknown day agrees with any day.
-- :county_code   county of the list
-- :low, :high    unit of the list
-- :fact_kind     kind of fact that the list is about
INSERT INTO compared_rows (
    seq, file_row, name, id_token, birth_date, value, happened_on, until_on, paper, is_by_hand,
    outcome, effect, resident_id, resident_version, held_value, held_on, fact_id
)
SELECT
    seq,
    file_row,
    name,
    id_token,
    birth_date,
    value,
    happened_on,
    until_on,
    paper,
    is_by_hand,
    outcome,
    CASE outcome WHEN 'added' THEN 'begin' WHEN 'changed' THEN 'change' ELSE 'none' END AS effect,
    resident_id,
    resident_version,
    held_value,
    held_on,
    fact_id
FROM (
    SELECT
        s.*,
        r.id AS resident_id,
        r.version AS resident_version,
        f.value AS held_value,
        f.begins_on AS held_on,
        f.id AS fact_id,
        CASE
            WHEN r.id IS NULL THEN 'not_found'
            WHEN r.name <> s.name AND NOT s.is_by_hand THEN 'other_name'
            WHEN r.status = 'dead' THEN 'already_dead'
            WHEN r.status = 'moved_out' THEN 'moved_out'
            WHEN f.id IS NULL THEN 'added'
            WHEN (f.value IS DISTINCT FROM s.value) OR s.happened_on <> f.begins_on THEN 'changed'
            ELSE 'unchanged'
        END AS outcome
    FROM staged_rows AS s
    LEFT JOIN residents AS r
        ON
            r.county_code = :county_code
            AND s.id_token = r.id_token
            AND r.division_code BETWEEN :low AND :high
    LEFT JOIN resident_facts AS f
        ON
            r.county_code = f.county_code
            AND r.id = f.resident_id
            AND f.kind = :fact_kind
            AND f.ended_on IS NULL
            AND f.voided_at IS NULL
) AS told
