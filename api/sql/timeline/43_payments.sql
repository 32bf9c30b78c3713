-- Pensions that have reached their account.
-- :county_code, :resident_id  the person
SELECT
    d.paid_on AS on_day,
    d.paid_on::timestamptz AS at,
    'payment' AS kind,
    -- A month and kind are owed once, so the two make the reference.
    d.month - date '1970-01-01' + CASE d.kind WHEN 'regular' THEN 0 ELSE 1 END AS ref,
    to_char(d.month, 'YYYY-MM') AS word,
    d.kind AS detail,
    d.amount_fen,
    NULL::bigint AS actor_id,
    NULL::text AS subject_kind,
    NULL::bigint AS subject_id
FROM payment_dues AS d
WHERE d.county_code = :county_code AND d.resident_id = :resident_id AND d.paid_on IS NOT NULL
