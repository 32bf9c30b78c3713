-- What the comparison found of one staged row.
-- :seq
SELECT
    resident_id,
    effect,
    held_value,
    held_on,
    fact_id,
    paid_after_months,
    paid_after_fen,
    paid_after_basic_fen
FROM compared_rows
WHERE seq = :seq AND outcome <> 'removed'
