-- Dated facts that no longer hold; what a move only handed on is left out.
-- :county_code, :resident_id  the person
SELECT
    f.ended_on AS on_day,
    f.end_recorded_at AS at,
    'fact_ended' AS kind,
    f.id AS ref,
    f.kind || ',' || coalesce(f.value, '') AS word,
    f.end_evidence AS detail,
    NULL::bigint AS amount_fen,
    f.end_recorded_by_id AS actor_id,
    'resident_fact' AS subject_kind,
    f.id AS subject_id
FROM resident_facts AS f
WHERE
    f.county_code = :county_code
    AND f.resident_id = :resident_id
    AND f.ended_on IS NOT NULL
    AND f.voided_at IS NULL
    AND NOT EXISTS (
        SELECT 1
        FROM resident_facts AS n
        WHERE
            n.county_code = f.county_code
            AND n.resident_id = f.resident_id
            AND n.kind = f.kind
            AND n.source_kind = 'move'
            AND n.begins_on = f.ended_on
    )
