-- Objections to the person's place or sum on a posted list of 被征地农民.
-- :county_code, :resident_id  the person
SELECT
    o.recorded_on AS on_day,
    o.created_at AS at,
    'land_objection' AS kind,
    o.id AS ref,
    o.outcome AS word,
    o.objection AS detail,
    NULL::bigint AS amount_fen,
    o.recorded_by_id AS actor_id,
    'land_project' AS subject_kind,
    o.project_id AS subject_id
FROM land_objections AS o
WHERE o.county_code = :county_code AND o.resident_id = :resident_id
