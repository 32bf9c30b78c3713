-- Deductions that the bank could not make, with its words. The batch is visible to the whole county, the file is not.
-- :county_code, :resident_id  the person
SELECT
    coalesce(t.posted_on, b.sent_on) AS on_day,
    coalesce(t.created_at, b.created_at) AS at,
    'collection_failed' AS kind,
    l.batch_id AS ref,
    l.contribution_year::text AS word,
    o.reason AS detail,
    l.amount_fen,
    NULL::bigint AS actor_id,
    NULL::text AS subject_kind,
    NULL::bigint AS subject_id
FROM collection_lines AS l
INNER JOIN collection_batches AS b ON l.county_code = b.county_code AND l.batch_id = b.id
INNER JOIN collection_outcomes AS o
    ON l.county_code = o.county_code AND l.batch_id = o.batch_id AND l.seq = o.seq AND o.result = 'failed'
LEFT JOIN collection_returns AS t ON o.county_code = t.county_code AND o.return_id = t.id
WHERE l.county_code = :county_code AND l.resident_id = :resident_id
