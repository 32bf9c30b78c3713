-- Settlements of 注销登记: computed, approved, or undone.
-- :county_code, :resident_id  the person
SELECT
    coalesce(s.approved_on, s.computed_on) AS on_day,
    coalesce(s.approved_at, s.created_at) AS at,
    CASE
        WHEN s.state IN ('computed', 'discarded', 'reversed') THEN 'settlement_' || s.state ELSE 'settlement_approved'
    END AS kind,
    s.id AS ref,
    CASE WHEN s.is_supplement THEN 'supplement' ELSE 'whole' END AS word,
    coalesce(s.undone_reason, s.opinion) AS detail,
    s.payable_fen AS amount_fen,
    coalesce(s.undone_by_id, s.approved_by_id, s.computed_by_id) AS actor_id,
    'cancellation' AS subject_kind,
    s.cancellation_id AS subject_id
FROM settlements AS s
WHERE s.county_code = :county_code AND s.resident_id = :resident_id
