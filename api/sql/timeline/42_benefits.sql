-- The last change of a benefit's state.
-- :county_code, :resident_id  the person
SELECT
    b.state_on AS on_day,
    b.state_on::timestamptz AS at,
    'benefit_' || b.state AS kind,
    b.award_id AS ref,
    b.state_reason AS word,
    NULL::text AS detail,
    NULL::bigint AS amount_fen,
    NULL::bigint AS actor_id,
    'award' AS subject_kind,
    b.award_id AS subject_id
FROM benefits AS b
WHERE
    b.county_code = :county_code
    AND b.resident_id = :resident_id
    AND b.state_on IS NOT NULL
    AND (b.state <> 'active' OR b.state_reason IS NOT NULL)
