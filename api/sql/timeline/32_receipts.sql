-- Cash receipts.
-- :county_code, :resident_id  the person
SELECT
    p.issued_on AS on_day,
    p.created_at AS at,
    'receipt' AS kind,
    p.id AS ref,
    p.number::text AS word,
    NULL::text AS detail,
    p.amount_fen,
    p.collector_id AS actor_id,
    'contribution' AS subject_kind,
    p.contribution_id AS subject_id
FROM receipts AS p
WHERE p.county_code = :county_code AND p.resident_id = :resident_id
