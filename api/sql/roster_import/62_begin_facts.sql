-- Facts of the changed people of the chunk that the flags say and that are not open: they begin on the day of the file, or
-- when the last of their kind ended where that is later.
-- :county_code     county of the import
-- :as_of           day of the file
-- :source_id       the import
-- :recorded_by_id  who imports
INSERT INTO resident_facts (
    county_code, id, resident_id, division_code, kind, value, begins_on, source_kind, source_id, recorded_by_id
)
SELECT
    r.county_code,
    :county_code * 10000000000 + nextval('serials') AS id,
    r.id AS resident_id,
    r.division_code,
    flags.kind,
    flags.value,
    greatest(
        CAST(:as_of AS date),
        r.here_since,
        (
            SELECT max(earlier.ended_on)
            FROM resident_facts AS earlier
            WHERE
                earlier.county_code = :county_code
                AND earlier.resident_id = r.id
                AND earlier.kind = flags.kind
                AND earlier.voided_at IS NULL
        )
    ) AS begins_on,
    'import' AS source_kind,
    :source_id,
    :recorded_by_id
FROM staged_residents AS s
INNER JOIN residents AS r
    ON s.resident_id = r.id
CROSS JOIN
    LATERAL (
        VALUES
        ('student', NULL, r.is_student),
        ('employee_insured', NULL, r.employee_insured),
        ('disability', CAST(r.disability_grade AS text), r.disability_grade IS NOT NULL),
        ('dibao', NULL, r.dibao),
        ('wubao', NULL, r.wubao),
        ('land_taken', NULL, r.land_taken)
    ) AS flags (kind, value, holds)
WHERE
    r.county_code = :county_code
    AND flags.holds
    AND NOT EXISTS (
        SELECT 1
        FROM resident_facts AS known
        WHERE
            known.county_code = :county_code
            AND known.resident_id = r.id
            AND known.kind = flags.kind
            AND known.ended_on IS NULL
            AND known.voided_at IS NULL
    )
