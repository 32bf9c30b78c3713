-- What was said about this row and another being one person.
-- :county_code, :resident_id  the person
SELECT
    d.decided_on AS on_day,
    d.decided_at AS at,
    'duplicate_' || d.act AS kind,
    d.id AS ref,
    NULL::text AS word,
    d.opinion AS detail,
    NULL::bigint AS amount_fen,
    d.decided_by_id AS actor_id,
    'duplicate' AS subject_kind,
    p.id AS subject_id
FROM duplicate_pairs AS p
INNER JOIN duplicate_decisions AS d ON p.county_code = d.county_code AND p.id = d.pair_id
WHERE
    p.county_code = :county_code
    AND (
        (p.first_id = :resident_id AND p.second_id > :resident_id)
        OR (p.second_id = :resident_id AND p.first_id < :resident_id)
    )
