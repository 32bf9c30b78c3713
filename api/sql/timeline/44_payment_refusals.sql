-- Pensions that the bank has sent back.
-- :county_code, :resident_id  the person
SELECT
    coalesce(t.posted_on, l.month) AS on_day,
    coalesce(t.created_at, l.month::timestamptz) AS at,
    'payment_refused' AS kind,
    l.run_id AS ref,
    to_char(l.month, 'YYYY-MM') AS word,
    f.reason AS detail,
    l.amount_fen,
    NULL::bigint AS actor_id,
    NULL::text AS subject_kind,
    NULL::bigint AS subject_id
FROM payment_lines AS l
INNER JOIN payment_refusals AS f ON l.county_code = f.county_code AND l.run_id = f.run_id AND l.seq = f.seq
LEFT JOIN bank_returns AS t ON f.county_code = t.county_code AND f.return_id = t.id
WHERE l.county_code = :county_code AND l.resident_id = :resident_id
