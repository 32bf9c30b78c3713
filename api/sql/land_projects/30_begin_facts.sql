-- The people on a list are land-taken as a dated fact, from the approval of the land's taking or from their present stay.
-- :county_code, :project_id  the list
-- :recorded_by_id            who approves it
INSERT INTO resident_facts (
    county_code, id, resident_id, division_code, kind, begins_on, evidence, source_kind, source_id, recorded_by_id
)
SELECT
    r.county_code,
    :county_code * 10000000000 + nextval('serials') AS id,
    r.id AS resident_id,
    r.division_code,
    'land_taken' AS kind,
    greatest(
        l.land_approved_on,
        r.here_since,
        (
            SELECT max(earlier.ended_on)
            FROM resident_facts AS earlier
            WHERE
                earlier.county_code = r.county_code
                AND earlier.resident_id = r.id
                AND earlier.kind = 'land_taken'
                AND earlier.voided_at IS NULL
        )
    ) AS begins_on,
    l.approval_number AS evidence,
    'case' AS source_kind,
    l.id AS source_id,
    :recorded_by_id
FROM land_persons AS p
INNER JOIN land_projects AS l ON p.county_code = l.county_code AND p.project_id = l.id
INNER JOIN residents AS r ON p.county_code = r.county_code AND p.resident_id = r.id
WHERE
    p.county_code = :county_code
    AND p.project_id = :project_id
    AND p.until_round IS NULL
    AND NOT EXISTS (
        SELECT 1
        FROM resident_facts AS known
        WHERE
            known.county_code = r.county_code
            AND known.resident_id = r.id
            AND known.kind = 'land_taken'
            AND known.ended_on IS NULL
            AND known.voided_at IS NULL
    )
