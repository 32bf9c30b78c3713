-- Settlements that were paid.
-- :county_code, :resident_id  the person
SELECT
    s.paid_on AS on_day,
    coalesce(j.created_at, s.paid_on::timestamptz) AS at,
    'settlement_paid' AS kind,
    s.id AS ref,
    CASE WHEN s.is_supplement THEN 'supplement' ELSE 'whole' END AS word,
    s.bank_reference AS detail,
    s.payable_fen AS amount_fen,
    s.paid_by_id AS actor_id,
    'cancellation' AS subject_kind,
    s.cancellation_id AS subject_id
FROM settlements AS s
LEFT JOIN journals AS j ON s.county_code = j.county_code AND s.payment_journal_id = j.id
WHERE s.county_code = :county_code AND s.resident_id = :resident_id AND s.paid_on IS NOT NULL
