-- Facts follow people to another village from the day of the move, and stay behind until it. What is open ends here and
-- begins there; what begins later, or ended later, is voided and written anew. So what was known at an earlier moment can
-- still be told.
-- :county_code                       county
-- :resident_ids, :days, :divisions   who moves, the first day there, and where to
-- :recorded_by_id                    who records it
WITH moves AS (
    SELECT
        m.resident_id,
        m.on_day,
        m.division_code
    FROM
        unnest(CAST(:resident_ids AS bigint[]), CAST(:days AS date[]), CAST(:divisions AS bigint[]))
            AS m (resident_id, on_day, division_code)
),

ended AS (
    UPDATE resident_facts AS f
    SET
        ended_on = m.on_day,
        end_recorded_at = now(),
        end_recorded_by_id = :recorded_by_id,
        version = f.version + 1
    FROM moves AS m
    WHERE
        f.county_code = :county_code
        AND f.resident_id = m.resident_id
        AND f.division_code <> m.division_code
        AND f.voided_at IS NULL
        AND f.ended_on IS NULL
        AND (f.begins_on IS NULL OR f.begins_on < m.on_day)
    RETURNING
        f.*,
        m.on_day,
        m.division_code AS moved_to
),

voided AS (
    UPDATE resident_facts AS f
    SET
        voided_at = now(),
        voided_by_id = :recorded_by_id,
        void_reason = '随迁移转至新村',
        version = f.version + 1
    FROM moves AS m
    WHERE
        f.county_code = :county_code
        AND f.resident_id = m.resident_id
        AND f.division_code <> m.division_code
        AND f.voided_at IS NULL
        AND (f.ended_on > m.on_day OR (f.ended_on IS NULL AND f.begins_on >= m.on_day))
    RETURNING
        f.*,
        m.on_day,
        m.division_code AS moved_to
),

anew AS (
    SELECT
        e.*,
        e.moved_to AS new_division,
        e.on_day AS new_begin,
        CAST(NULL AS date) AS new_end
    FROM ended AS e
    UNION ALL
    SELECT
        v.*,
        v.moved_to AS new_division,
        greatest(v.begins_on, v.on_day) AS new_begin,
        v.ended_on AS new_end
    FROM voided AS v
    UNION ALL
    SELECT
        v.*,
        v.division_code AS new_division,
        v.begins_on AS new_begin,
        v.on_day AS new_end
    FROM voided AS v
    WHERE v.begins_on IS NULL OR v.begins_on < v.on_day
)

INSERT INTO resident_facts (
    county_code, id, resident_id, division_code, kind, value, begins_on, ended_on, review_on, evidence, source_kind,
    source_id, origin_id, recorded_by_id, end_evidence, end_recorded_at, end_recorded_by_id
)
SELECT
    a.county_code,
    :county_code * 10000000000 + nextval('serials') AS id,
    a.resident_id,
    a.new_division,
    a.kind,
    a.value,
    a.new_begin,
    a.new_end,
    a.review_on,
    a.evidence,
    'move' AS source_kind,
    a.source_id,
    coalesce(a.origin_id, a.id) AS origin_id,
    :recorded_by_id AS recorded_by_id,
    CASE WHEN a.new_end IS NOT NULL THEN a.end_evidence END AS end_evidence,
    CASE WHEN a.new_end IS NOT NULL THEN now() END AS end_recorded_at,
    CASE WHEN a.new_end IS NOT NULL THEN :recorded_by_id END AS end_recorded_by_id
FROM anew AS a
