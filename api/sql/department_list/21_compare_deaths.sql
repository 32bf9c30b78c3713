-- Each staged row beside the person of its number: the day of death that is on record, and what has gone to the bank for
-- months after the month of death (the list's day of death, which is the department's).
-- :county_code   county of the list
-- :low, :high    unit of the list
INSERT INTO compared_rows (
    seq, file_row, name, id_token, birth_date, value, happened_on, until_on, paper, is_by_hand,
    outcome, effect, resident_id, resident_version, held_on, paid_after_months, paid_after_fen, paid_after_basic_fen
)
SELECT
    t.seq,
    t.file_row,
    t.name,
    t.id_token,
    t.birth_date,
    t.value,
    t.happened_on,
    t.until_on,
    t.paper,
    t.is_by_hand,
    t.outcome,
    CASE t.outcome WHEN 'added' THEN 'report_death' ELSE 'none' END AS effect,
    t.resident_id,
    t.resident_version,
    t.held_on,
    coalesce(p.months, 0),
    coalesce(p.amount_fen, 0),
    coalesce(p.basic_fen, 0)
FROM (
    SELECT
        s.*,
        r.id AS resident_id,
        r.version AS resident_version,
        CASE WHEN r.status = 'dead' THEN r.status_on END AS held_on,
        CASE
            WHEN r.id IS NULL THEN 'not_found'
            WHEN r.name <> s.name AND NOT s.is_by_hand THEN 'other_name'
            WHEN r.status = 'dead' AND (r.status_on IS NOT DISTINCT FROM s.happened_on) THEN 'unchanged'
            WHEN r.status = 'dead' THEN 'changed'
            WHEN r.status = 'moved_out' THEN 'moved_out'
            ELSE 'added'
        END AS outcome
    FROM staged_rows AS s
    LEFT JOIN residents AS r
        ON
            r.county_code = :county_code
            AND s.id_token = r.id_token
            AND r.division_code BETWEEN :low AND :high
) AS t
LEFT JOIN (
    SELECT
        r.id AS resident_id,
        count(DISTINCT d.month) AS months,
        sum(d.amount_fen) AS amount_fen,
        sum(d.basic_fen) AS basic_fen
    FROM staged_rows AS s
    INNER JOIN residents AS r
        ON
            r.county_code = :county_code
            AND s.id_token = r.id_token
            AND r.division_code BETWEEN :low AND :high
    INNER JOIN payment_dues AS d
        ON
            r.county_code = d.county_code
            AND r.id = d.resident_id
            AND d.month > s.happened_on
    INNER JOIN payment_runs AS p
        ON
            d.county_code = p.county_code
            AND d.line_run_id = p.id
            AND p.state IN ('sent', 'posted', 'closed')
    GROUP BY r.id
) AS p ON t.resident_id = p.resident_id
